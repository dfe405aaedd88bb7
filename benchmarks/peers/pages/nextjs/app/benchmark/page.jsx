import Controls from "./controls";
import Counter from "./counter";
import Row from "./row";
import { readTable } from "./tables";

export default async function Page() {
  const { rows, selected } = await readTable();
  return (
    <div className="container benchmark">
      <div className="jumbotron panel">
        <h2>Rows</h2>
        <Controls />
      </div>
      <table className="table table-hover table-striped test-data">
        <tbody id="tbody">
          {rows.map(({ id, label }) => (
            <Row key={id} id={id} label={label} selected={id === selected} />
          ))}
        </tbody>
      </table>
      <Counter />
    </div>
  );
}
