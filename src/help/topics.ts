/** The pages of `imgjob help`, in the order in which it lists them: each is a file of its name in this folder. */
export const TOPICS = {
  manifests: 'the forms of a manifest: JSON, NDJSON, CSV, TSV, lists of URLs',
  results: 'the results document, image formats, kept images',
  reports: 'explain, diff, the page, JUnit XML, Markdown',
  recipes: 'results to other programs, with jq',
  ci: 'GitHub Actions, GitLab, signals',
  options: 'every option of imgjob run',
  'exit-codes': 'what each exit code means',
  errors: 'every error code and its reasons, and what to do',
  resume: 'interruptions, repeated runs, where jobs are kept',
  network: 'retries, limits, names, proxies, redirects, headers',
  serve: 'jobs over HTTP',
  fleet: 'stores on many machines, over Redis',
  work: 'work of your own on each image',
  library: 'imgjob in your own program',
  performance: 'what was measured, and how to repeat it',
} as const;

export type Topic = keyof typeof TOPICS;

export function isTopic(name: string): name is Topic {
  return Object.hasOwn(TOPICS, name);
}
