"use client";

import { memo, startTransition } from "react";
import { remove, select } from "./actions";

function Row({ id, label, selected }) {
  function on(action) {
    return (event) => {
      event.preventDefault();
      startTransition(() => action(id));
    };
  }
  return (
    <tr className={selected ? "danger" : undefined}>
      <td className="col-md-1">{id}</td>
      <td className="col-md-4">
        <a href="#" onClick={on(select)}>
          {label}
        </a>
      </td>
      <td className="col-md-1">
        <a href="#" aria-label="Remove" onClick={on(remove)}>
          <span className="glyphicon glyphicon-remove" aria-hidden="true" />
        </a>
      </td>
      <td className="col-md-6" />
    </tr>
  );
}

export default memo(Row);
