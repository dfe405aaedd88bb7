/** The constants of docs/protocol.md. Generated from reactor/protocol.py; do not edit. */
export const PROTOCOL = 1;
export const MEDIA_TYPE = "application/x-reactor";
export const ITEMS = -1;
export const KEYED = -2;
export const RAW = -3;
export const UPDATE = -4;
export const SPLICE = -5;
