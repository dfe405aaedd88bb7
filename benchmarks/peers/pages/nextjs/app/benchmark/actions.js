"use server";

import { refresh } from "next/cache";
import words from "../../words.json";
import { ownTable } from "./tables";

const drawn = (list) => list[Math.floor(Math.random() * list.length)];

function make(table, count) {
  return Array.from({ length: count }, () => ({ id: ++table.lastId, label: words.map(drawn).join(" ") }));
}

export async function run(count) {
  const table = await ownTable();
  table.rows = make(table, count);
  table.selected = null;
  refresh();
}

export async function add() {
  const table = await ownTable();
  table.rows = table.rows.concat(make(table, 1000));
  refresh();
}

export async function update() {
  const table = await ownTable();
  table.rows = table.rows.map((row, index) => (index % 10 ? row : { ...row, label: `${row.label} !!!` }));
  refresh();
}

export async function clear() {
  const table = await ownTable();
  table.rows = [];
  table.selected = null;
  refresh();
}

export async function swapRows() {
  const { rows } = await ownTable();
  if (rows.length > 998) [rows[1], rows[998]] = [rows[998], rows[1]];
  refresh();
}

export async function select(id) {
  (await ownTable()).selected = id;
  refresh();
}

export async function remove(id) {
  const table = await ownTable();
  table.rows = table.rows.filter((row) => row.id !== id);
  refresh();
}

export async function increment() {
  return ++(await ownTable()).count;
}
