// Medplum's in-memory repository with a record as JSON lines on standard input: what `bench -- peers` measures beside
// Curlew. Answers one line of JSON: milliseconds to store and to read the whole record again.
import { createInterface } from "node:readline";

// Only named, never used; Node has it from version 22 on.
globalThis.WebSocket ??= class extends EventTarget {};
const { MockClient } = await import("@medplum/mock");

const client = new MockClient({ seeder: false });
const repository = client.repo ?? client.router?.repo;
const texts = [];
for await (const line of createInterface({ input: process.stdin })) if (line !== "") texts.push(line);

let begun = performance.now();
for (const text of texts) {
  const resource = JSON.parse(text);
  // Its identifiers are its own.
  delete resource.id;
  for (const name of ["subject", "encounter", "result"]) delete resource[name];
  if (resource.resourceType !== "Patient") resource.subject = { reference: "Patient/peer" };
  await repository.createResource(resource);
}
const cache = performance.now() - begun;

const types = [...new Set(texts.map((text) => JSON.parse(text).resourceType))];
const everything = async () => {
  let count = 0;
  for (const type of types) count += (await repository.search({ resourceType: type, count: texts.length })).entry?.length ?? 0;
  return count;
};
const median = async (rounds, run) => {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    begun = performance.now();
    await run(round);
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
};
const held = await everything();
const open = await median(5, everything);
console.log(JSON.stringify({ cache, open, held }));
process.exit(0);
