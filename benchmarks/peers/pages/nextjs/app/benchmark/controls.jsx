"use client";

import { startTransition } from "react";
import { add, clear, run, swapRows, update } from "./actions";

function Action({ id, run, children }) {
  return (
    <div className="col-sm-6 smallpad">
      <button id={id} className="btn btn-primary btn-block" type="button" onClick={() => startTransition(() => run())}>
        {children}
      </button>
    </div>
  );
}

export default function Controls() {
  return (
    <div className="row actions">
      <Action id="run" run={() => run(1000)}>Create 1,000 rows</Action>
      <Action id="runlots" run={() => run(10000)}>Create 10,000 rows</Action>
      <Action id="add" run={add}>Append 1,000 rows</Action>
      <Action id="update" run={update}>Update every 10th row</Action>
      <Action id="clear" run={clear}>Clear</Action>
      <Action id="swaprows" run={swapRows}>Swap rows</Action>
    </div>
  );
}
