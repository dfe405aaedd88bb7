/** What a page of reactor offers to its own scripts; see docs/hooks.md. */

/** Data, as JSON has it. */
type ReactorData = null | boolean | number | string | ReactorData[] | { [name: string]: ReactorData };

/** What stands for one element with a hook; `this` in the methods of a definition. */
interface ReactorHook {
  /** The element. */
  readonly element: Element;
  /** What the application has given as `options=`; null: nothing. */
  readonly options: any;
  /**
   * Calls the action of the element's handler for an event, with these fields.
   *
   * Gives what the action returned. Throws a TypeError when the element has no such handler; the promise is rejected with a
   * `ReactorCallError` when the call is refused, fails, or is not made.
   */
  call(event: string, data?: object): Promise<any>;
}

interface ReactorHookDefinition {
  /** The element is in the page, with all that the server has put into it. */
  mounted?(): void;
  /** The server has changed the element's attributes. Gets the options from before; `this.options` are those of now. */
  updated?(before: any): void;
  /** The element has left the page. */
  destroyed?(): void;
}

/** Why a call did not give a result. */
interface ReactorCallError extends Error {
  name: "CallError";
  /** "invalid", "refused", "failed", "late", "changed", "superseded" or another one of docs/protocol.md. */
  code: string;
  /** By the name of a field, what is wrong with it. */
  fields: { [name: string]: string };
}

interface ReactorPage {
  /**
   * Calls an action that is a function; `reference` is the text of a `data-…` attribute that holds it.
   *
   * `given` are its arguments by name (also Date, Set, Map, Uint8Array, bigint), or the content of a form. The promise ends with
   * what the action returned, or is rejected with a `ReactorCallError`.
   */
  call(reference: string, given?: object | FormData): Promise<any>;
  /** Defines what is done with elements that have `hook=` of this name, those of now and those that come. */
  hook<Definition extends ReactorHookDefinition>(name: string, definition: Definition & ThisType<Definition & ReactorHook & { [name: string]: any }>): void;
}

/** There as soon as scripts of type="module", or with `defer`, run. */
declare const reactor: ReactorPage;
