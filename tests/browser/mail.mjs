// Which features of a message do the four large mail services lack? Prints one JSON object.
import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";

const result = caniemail({
  clients: ["gmail.*", "outlook.*", "apple-mail.*", "yahoo.*"],
  html: readFileSync(process.argv[2], "utf-8"),
});
const named = (issues) =>
  Object.fromEntries(
    [...issues].map(([client, found]) => [client, found.map((each) => each.title ?? String(each))]),
  );
console.log(JSON.stringify(named(result.issues.errors)));
