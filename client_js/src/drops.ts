/** Files that are dropped on an element with `data-drop` go to the field for files in it. Loaded when something is dragged. */

const OVER = "data-dragging";

let over: Element | null = null;

/** Notes, for style sheets, what files are dragged over. */
function mark(zone: Element | null): void {
  if (zone === over) return;
  over?.removeAttribute(OVER);
  zone?.setAttribute(OVER, "");
  over = zone;
}

/** Where files would go. */
function fieldAt({ target, dataTransfer }: DragEvent): [zone: Element, field: HTMLInputElement] | null {
  const zone = target instanceof Element && dataTransfer?.types.includes("Files") ? target.closest("[data-drop]") : null;
  const field = zone?.querySelector<HTMLInputElement>("input[type=file]:not(:disabled)");
  return field ? [zone!, field] : null;
}

/** Whether a field takes a file, as its `accept` has it: ".png, image/*". */
const accepts = ({ accept }: HTMLInputElement, { name, type }: File): boolean =>
  !accept.trim() ||
  accept
    .toLowerCase()
    .split(",")
    .map((kind) => kind.trim())
    .some((kind) => (kind[0] === "." ? name.toLowerCase().endsWith(kind) : kind.endsWith("/*") ? type.startsWith(kind.slice(0, -1)) : kind === type));

addEventListener(
  "dragover",
  (event) => {
    const [zone, field] = fieldAt(event) ?? [null];
    mark(zone);
    if (!field) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = "copy";
  },
  true,
);
addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? mark(null), true);
addEventListener(
  "drop",
  (event) => {
    const [zone, field] = fieldAt(event) ?? [null];
    mark(null);
    if (!zone || !field) return;
    event.preventDefault();
    const files = [...event.dataTransfer!.files].filter((file) => accepts(field, file));
    if (!files.length) return;
    const chosen = new DataTransfer();
    for (const file of field.multiple ? files : files.slice(0, 1)) chosen.items.add(file);
    field.files = chosen.files;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  },
  true,
);

export {};
