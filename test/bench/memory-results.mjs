// What the results of a million images take as objects in memory: the yardstick for opening a journal.
import { createMemoryResults } from '../../dist/results/results-store.js';
import { result } from './million.mjs';

const results = createMemoryResults();
for (let store = 0; store < 10_000; store += 1) {
  for (let image = 0; image < 100; image += 1) {
    results.put(store, image, JSON.parse(JSON.stringify(result(store, image, ''))));
  }
}
if ((await results.read(9999)).length !== 100) process.exit(1);
