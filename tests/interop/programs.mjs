// What both programs share: the documents that were handed in, and a JSON object a line in, a JSON object a line out.

import * as readline from 'node:readline';

export const remembered = new Map();

export function found(url, document) {
  return {contextUrl: null, documentUrl: url, document: structuredClone(document)};
}

// Answers every request with what `answer` returns; documents to be remembered are answered here.
export async function serve(answer) {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const request = JSON.parse(line);
    if(request.documents) {
      Object.entries(request.documents).forEach(entry => remembered.set(...entry));
    }
    process.stdout.write(JSON.stringify(request.documents ? {} : await answer(request)) + '\n');
  }
}
