/** What calls are told apart by: the types of their events, the size of their state. */

/** Events of which only the latest counts. */
export const REPLACED = /^(input|scroll|pointermove|mousemove|interval)$/;
/** Events that the person would not miss. */
export const QUIET = /^(input|scroll|pointer|mouse|interval|focus|blur|toggle|load|error|mount|visible|hidden|clickoutside)/;
/** Events that come in such numbers, or by themselves, that their elements are not marked as busy. */
export const UNMARKED = /^(scroll|pointermove|mousemove|interval)$/;
/** A larger state is sent only when the server asks for it. */
export const SMALL_STATE = 1024;
