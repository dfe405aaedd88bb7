/**
 * What belongs to the person: text typed, boxes ticked, options chosen.
 *
 * Every edit has a number that counts up. A call carries the number of the last edit at the time of its event, so that an
 * answer knows which edits it cannot know of: those stay, and the tree's value is held back.
 */

import type { Wire, WireMap } from "./codec";
import { focus, getAttribute, isConnected, nameOf, setAttribute } from "./dom";
import { isControl } from "./forms";

type Field = HTMLInputElement | HTMLTextAreaElement;

interface Control {
  /** Number of the person's last edit; 0: none that counts. Infinity: it goes on (an input method composes). */
  edited: number;
  /** Number of the last edit that an answered call brought to the server. */
  delivered: number;
  /** A value of the tree waits. */
  held: boolean;
  /** The tree says what is in it. */
  owned: boolean;
  /** What the tree chooses of a select. Its options come and go. */
  choice?: Wire;
}

export const FIELDS = "input,textarea,select";

const controls = new WeakMap<Element, Control>();
let edits = 0;
/** The answer that is being applied: edits up to this number are known to it. */
let known = Infinity;
let wins = false;

/** The number of the last edit. */
export const lastEdit = (): number => edits;

function controlOf(element: Element): Control {
  let control = controls.get(element);
  if (!control) controls.set(element, (control = { edited: 0, delivered: 0, held: false, owned: false }));
  return control;
}

export const propertiesOf = (element: Element) => element as unknown as { [name: string]: unknown };
export const isSelect = (element: Element): element is HTMLSelectElement => nameOf(element) === "select";

/** The element that the person edits: an option's is its select. */
const edited = (element: Element): Element => element.closest("select") ?? element;

/** The radio buttons that change together with this one; any other control alone. */
export function groupOf(element: Element): Element[] {
  const { type, name, form } = element as Field;
  if (type !== "radio" || !name) return [element];
  return controlsOf(form).filter((other) => (other as Field).type === type && (other as Field).name === name);
}

/** The controls of a form. Not by `form.elements`: a control of that name would hide it. */
export const controlsOf = (form: Element | null): Element[] =>
  [...document.querySelectorAll(FIELDS)].filter((element) => (element as Field).form === form);

/** The controls whose values are sent with an event: those of a form, or the one that it is about. */
export function controlsSent(element: Element, target: Element, fields: WireMap | undefined): Element[] {
  if (!fields) return controlsOf(target);
  return Object.keys(fields).some((name) => /^(value|checked)/.test(name)) ? groupOf(isControl(element) ? element : target) : [];
}

/** Runs `apply` for the answer of a call made after edit number `edit`; with `win`, its values win over later edits. */
export function answering(edit: number, win: boolean, apply: () => void): void {
  known = edit;
  wins = win;
  try {
    apply();
  } finally {
    known = Infinity;
    wins = false;
  }
}

/** Whether an edit stands against what an answer says that knows of edits up to number `upTo`. */
const stands = (element: Element, upTo: number, win: boolean): boolean => {
  const { edited } = controlOf(element);
  return edited === Infinity || (!win && edited > upTo);
};

/** The value of a property slot that the markup shows. */
export function rendered(element: Element, property: string): Wire {
  if (property !== "value") return getAttribute(element, property) !== null;
  if (isSelect(element)) return [...element.options].find((option) => option.defaultSelected)?.value ?? "";
  return nameOf(element) === "textarea" ? (element as Field).defaultValue : getAttribute(element, property);
}

/** A value as `rendered` tells it. */
const asRendered = (element: Element, property: string, value: Wire): Wire =>
  property !== "value" ? value === true : nameOf(element) === "input" ? value : (value ?? "");

/** Sets a property slot: what the markup would show, and what is shown unless an edit stands against it. */
function setProperty(element: Element, property: string, value: Wire): void {
  const target = edited(element);
  const control = controlOf(target);
  // What shows may change with the default; options and radio buttons change each other.
  const [all, shown] = isSelect(target) ? [[...target.options], "selected"] : [groupOf(element), property];
  const before = all.map((each) => propertiesOf(each)[shown]);
  if (property !== "value") {
    if (property !== "indeterminate") setAttribute(element, property, value ? "" : null, rendered(element, property) ? "" : null);
  } else if (isSelect(element)) {
    const chosen = [...element.options].find((option) => option.value === value);
    for (const option of element.options) if (option.defaultSelected !== (option === chosen)) option.defaultSelected = option === chosen;
  } else if (nameOf(element) === "textarea") {
    if ((element as Field).defaultValue !== value) (element as Field).defaultValue = value as string;
  } else setAttribute(element, property, value as string | null, null);

  control.owned = property !== "value" || value !== null;
  if (property === "value") control.choice = value;
  control.held = stands(target, known, wins);
  if (control.held) all.forEach((each, i) => write(each, shown, before[i]));
  else if (isSelect(target) || property === "value") showRendered(target);
  else {
    control.edited = 0;
    write(element, property, value);
  }
}

/** Gives a property slot a value, with `force` also if it is the `old` one. Returns it as `rendered` tells it. */
export function give(element: Element, property: string, given: Wire, force: boolean, old?: unknown): Wire {
  const value = asRendered(element, property, given);
  if (force || old !== value) setProperty(element, property, value);
  else own(element, property);
  return value;
}

/** Notes that what a slot of the served page says is the tree's. */
export function own(element: Element, property: string): void {
  // Whether an empty field was given "" or nothing only the attribute tells.
  const value = rendered(element, property);
  controlOf(edited(element)).owned = value !== null;
  if (property === "value") controlOf(element).choice = value;
}

/** Remembers caret and selection of the focused field; the function that is returned puts them back, as far as they fit. */
export function keepSelection(): () => void {
  const field = (isControl(document.activeElement) ? document.activeElement : {}) as Field;
  const { selectionStart, selectionEnd, selectionDirection } = field;
  return () => {
    // Types without a selection (number, email…) answer null.
    if (selectionStart != null && (field.selectionStart !== selectionStart || field.selectionEnd !== selectionEnd)) {
      field.setSelectionRange(selectionStart, selectionEnd!, selectionDirection!);
    }
  };
}

/** Sets a property that differs: to write into a field moves its caret, even when nothing changes. */
function write(element: Element, property: string, value: unknown): void {
  if (propertiesOf(element)[property] !== value) propertiesOf(element)[property] = value;
}

/** Which options the markup chooses. A list that opens shows its first one when none is given. */
function renderedChoice(select: HTMLSelectElement): boolean[] {
  const options = [...select.options];
  const chosen = options.map((option) => option.defaultSelected);
  const first = options.findIndex((option) => !option.disabled);
  if (first >= 0 && !chosen.includes(true) && !select.multiple && select.size < 2) chosen[first] = true;
  return chosen;
}

/** Whether a control shows something else than the markup. With `mend` it is made to show that. */
export function differs(element: Element, mend: boolean): boolean {
  const check = (on: Element, property: string, value: unknown): boolean => {
    const is = propertiesOf(on)[property] !== value;
    if (mend) write(on, property, value);
    return is;
  };
  if (isSelect(element)) {
    const chosen = renderedChoice(element);
    return [...element.options].map((option, i) => check(option, "selected", chosen[i])).includes(true);
  }
  const field = element as HTMLInputElement;
  if (/^(checkbox|radio)$/.test(field.type)) return check(field, "checked", field.defaultChecked);
  // A field for files can only be emptied; a text area counts every line end as one character.
  return check(field, "value", field.type === "file" ? "" : field.defaultValue.replace(/\r\n?/g, "\n"));
}

/** Shows what the markup says, and forgets that the control was edited. */
function showRendered(element: Element): void {
  differs(element, true);
  forget(element);
}

function forget(element: Element): void {
  Object.assign(controlOf(element), { edited: 0, held: false });
}

/** Where options were added, changed or taken away, what the tree chose may have come or gone. */
export function settleSelects(): void {
  for (const select of document.querySelectorAll("select")) {
    const { choice, edited } = controlOf(select);
    if (choice && !edited && choice !== rendered(select, "value")) setProperty(select, "value", choice);
  }
}

/**
 * A call that carried these controls is answered well: the server has spoken of all that was typed before it. `all`: of a
 * form, whose controls go back to what is rendered; else only those that the tree owns. With `stay` none do.
 */
export function delivered(elements: Element[], edit: number, all: boolean, win: boolean, stay: boolean): void {
  const restore = keepSelection();
  for (const element of elements) {
    const control = controlOf(element);
    control.delivered = edit;
    if (!stay && (all || control.owned) && !stands(element, edit, win)) showRendered(element);
  }
  settleSelects();
  restore();
}

/** Empties a form that is sent and whose outcome is shown already; the function that is returned puts back what was entered. */
export function clear(elements: Element[], edit: number): () => void {
  // The browser does not let anybody choose files but the person.
  const cleared = elements.filter((element) => (element as Field).type !== "file");
  const parts = (element: Element): Element[] => (isSelect(element) ? [...element.options] : [element]);
  const before = cleared.map((element) => parts(element).map(propertiesOf).map(({ value, checked, selected }) => ({ value, checked, selected })));
  delivered(cleared, edit, true, false, false);
  return () =>
    cleared.forEach((element, i) => {
      if (controlOf(element).edited || !isConnected(element)) return;
      parts(element).forEach((part, at) => {
        for (const [name, value] of Object.entries(before[i]![at] ?? {})) if (value !== undefined) write(part, name, value);
      });
      markEdited(element);
    });
}

/** Notes that the person has edited a control. */
export function markEdited(element: Element): void {
  edits++;
  for (const each of groupOf(element)) controlOf(each).edited = edits;
}

/** Begins to watch. What differs from the markup by now was restored by the browser, or typed before we came. */
export function watchControls(): void {
  for (const element of document.querySelectorAll(FIELDS)) if (differs(element, false)) markEdited(element);
  const on = (types: string, listener: (element: Element) => void): void => {
    for (const type of types.split(" ")) {
      // Before anybody who makes a call of it.
      addEventListener(type, ({ target }) => target instanceof Element && listener(target), true);
    }
  };
  on("input change", (element) => isControl(element) && controlOf(element).edited < Infinity && markEdited(element));
  on("compositionstart", (element) => (controlOf(element).edited = Infinity));
  on("compositionend", markEdited);
  // A value held back is shown when by now the server knows the edit that stood against it.
  on("blur", (element) => {
    const { held, edited, delivered } = controlOf(element);
    if (held && edited <= delivered) showRendered(element);
  });
  // The browser resets after the event, unless a listener prevents it. What is typed after that is an edit again.
  on("reset", (form) => {
    const until = edits;
    setTimeout(() => controlsOf(form).filter((each) => controlOf(each).edited <= until).forEach(forget));
  });
}

/** Leads the person to the first field that is wrong: one named so, or the whole or a part of it. */
export function focusWrong(form: Element | null, names: string[]): void {
  for (const control of form ? controlsOf(form) : []) {
    const { name } = control as HTMLInputElement;
    if (!name || !names.some((wrong) => wrong && (`${wrong}.`.startsWith(`${name}.`) || name.startsWith(`${wrong}.`)))) continue;
    focus(control);
    if (document.activeElement === control) return;
  }
}
