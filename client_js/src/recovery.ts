/** Loaded when something does not take the ordinary course: one call, one answer, which goes on from what is shown. */

export { dismiss, notify, texts } from "./notices";
export { fail, failed, goOn, insist, isRenewed, isUnaware, repeat, tell } from "./retries";
export { comeBack } from "./returns";
export { arrange, forksOf, receive, receivePart, stateBefore } from "./turns";
