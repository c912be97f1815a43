// Other people's verifiers as one long-lived process: a JSON object a line in, a JSON object a line out.
//
// {documents: {url: document}}            remembers documents: contexts, status lists      → {verified: true}
// {credential, didDocuments, now}         @digitalbazaar/vc                                        → also {set}: its status bits
// {jwt, jwk, now}                         jose: signature, typ, nbf and exp                → also {header, payload}
//
// Nothing is ever fetched: a document that was not handed in is an error.

import * as readline from 'node:readline';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {importJWK, jwtVerify} from 'jose';

const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';
const suite = new DataIntegrityProof({cryptosuite});
const remembered = new Map();

function loader(didDocuments) {
  const found = (url, document) => ({contextUrl: null, documentUrl: url, document: structuredClone(document)});
  return async url => {
    if(remembered.has(url)) {
      return found(url, remembered.get(url));
    }
    const [did] = url.split('#');
    const controller = didDocuments[did];
    if(controller && url === did) {
      return found(url, controller);
    }
    const method = controller?.verificationMethod?.find(({id}) => id === url);
    if(method) {
      return found(url, {'@context': MULTIKEY_CONTEXT, ...method});
    }
    throw new Error(`${url} was not handed in`);
  };
}

async function verifyCredential({credential, didDocuments, now}) {
  const documentLoader = loader(didDocuments);
  const answer = await vc.verifyCredential({
    credential, suite, documentLoader, now,
    checkStatus: credential.credentialStatus ? checkStatus : undefined
  });
  return {
    verified: answer.verified === true,
    error: answer.verified ? null : reasons(answer),
    set: answer.statusResult?.results?.map(({status}) => status) ?? []
  };
}

function reasons(answer) {
  const errors = [answer.error, ...(answer.error?.errors ?? []), answer.statusResult?.error];
  return errors.filter(Boolean).map(error => error.message ?? String(error)).join('; ') || JSON.stringify(answer);
}

async function verifyJwt({jwt, jwk, now}) {
  const options = {algorithms: ['EdDSA', 'Ed25519'], typ: 'JWT', currentDate: new Date(now)};
  const {payload, protectedHeader} = await jwtVerify(jwt, await importJWK(jwk, 'EdDSA'), options);
  return {verified: true, error: null, header: protectedHeader, payload};
}

async function answer(request) {
  try {
    if(request.documents) {
      Object.entries(request.documents).forEach(entry => remembered.set(...entry));
      return {verified: true, error: null};
    }
    return await ('jwt' in request ? verifyJwt(request) : verifyCredential(request));
  } catch(error) {
    return {verified: false, error: error.message};
  }
}

for await (const line of readline.createInterface({input: process.stdin})) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
}
