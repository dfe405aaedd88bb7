"use client";

import { useState } from "react";
import { increment } from "./actions";

export default function Counter() {
  const [count, setCount] = useState(0);
  return (
    <p>
      <button id="inc" type="button" onClick={async () => setCount(await increment())}>
        Count
      </button>{" "}
      <output id="count">{count}</output>
    </p>
  );
}
