// @digitalbazaar/vc as a peer: a JSON object a line in, a JSON object a line out.
//
// {documents: {url: document}}          remembers contexts and DID documents                → {}
// {issue: credential, seconds}          signs it again and again with eddsa-rdfc-2022       → {median}: µs a call
// {verify: credential, seconds}         verifies it again and again                         → {median}
//
// Nothing is ever fetched: a document that was not handed in is an error.

import * as readline from 'node:readline';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

const remembered = new Map();

async function documentLoader(url) {
  const document = remembered.get(url) ?? remembered.get(url.split('#')[0]);
  if(!document) {
    throw new Error(`${url} was not handed in`);
  }
  const method = document.verificationMethod?.find(({id}) => id === url);
  const found = method ? {'@context': 'https://w3id.org/security/multikey/v1', ...method} : document;
  return {contextUrl: null, documentUrl: url, document: found};
}

async function median(work, seconds) {
  const times = [];
  const until = performance.now() + seconds * 1000;
  while(times.length < 5 || performance.now() < until) {
    const begun = performance.now();
    await work();
    times.push((performance.now() - begun) * 1000);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

async function issuing(credential) {
  const key = await Ed25519Multikey.generate();
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const issuer = {...credential.issuer, id: key.controller};
  const signer = {...key.signer(), id: key.id};
  return () => vc.issue({
    credential: {...credential, issuer},
    suite: new DataIntegrityProof({signer, cryptosuite}),
    documentLoader
  });
}

function verifying(credential) {
  const suite = new DataIntegrityProof({cryptosuite});
  const text = JSON.stringify(credential);
  return async () => {
    const answer = await vc.verifyCredential({credential: JSON.parse(text), suite, documentLoader});
    if(!answer.verified) {
      throw answer.error;
    }
  };
}

async function answer(request) {
  if(request.documents) {
    Object.entries(request.documents).forEach(entry => remembered.set(...entry));
    return {};
  }
  const work = request.issue ? await issuing(request.issue) : verifying(request.verify);
  for(let warm = 0; warm < 20; warm++) {
    await work();
  }
  return {median: await median(work, request.seconds)};
}

for await (const line of readline.createInterface({input: process.stdin})) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch(error) {
    reply = {error: error.errors ? error.errors.map(String).join('; ') : String(error)};
  }
  process.stdout.write(JSON.stringify(reply) + '\n');
}
