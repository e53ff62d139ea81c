import { register } from 'node:module';

/**
 * What GitHub's own parser of workflows finds wrong with one. The parser
 * imports its schema as JSON without saying so, which Node.js insists on.
 */
export async function workflowProblems(content: string): Promise<string[]> {
  register(`data:text/javascript,${encodeURIComponent(SAY_JSON)}`);
  const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import(
    '@actions/workflow-parser'
  );
  const file = { name: 'images.yml', content };
  const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

const SAY_JSON = `export const load = (url, context, next) =>
  next(url, url.endsWith('.json')
    ? { ...context, importAttributes: { ...context.importAttributes, type: 'json' } }
    : context);`;
