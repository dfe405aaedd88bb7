/** Loaded when a page has something that the person can fill in. */

import { watchControls } from "./controls";
import { listenForShortcuts } from "./shortcuts";
import { restoreEntries } from "./skew";

export * from "./contents";
export * from "./controls";
export * from "./entries";
export { keepEntries } from "./skew";

addEventListener("dragenter", () => document.querySelector("[data-drop]") && void import("./drops"));
watchControls();
listenForShortcuts();
restoreEntries();
