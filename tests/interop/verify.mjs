// Other people's verifiers as one long-lived process: a JSON object a line in, a JSON object a line out.
//
// {documents: {url: document}}                          remembers documents: contexts, status lists   → {}
// {credential, didDocuments, now}                       @digitalbazaar/vc                             → also {set}: its status bits
// {presentation, didDocuments, now, challenge, domain}  @digitalbazaar/vc
// {core}                                                @digitalcredentials/verifier-core             → also {log}
// {jwt, jwk, now, typ}                                  jose: signature, typ, nbf and exp             → also {header, payload}
//
// Each answer has {verified, error}. Nothing is ever fetched: a document that was not handed in is an error.

import * as vc from '@digitalbazaar/vc';
import * as core from '@digitalcredentials/verifier-core';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {createVerifyCryptosuite as ecdsaJcs} from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {createVerifyCryptosuite as ecdsaSd} from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {createVerifyCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {importJWK, jwtVerify} from 'jose';
import {found, remembered, serve} from './programs.mjs';

const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';
const suite = [eddsaRdfc, eddsaJcs(), ecdsaRdfc, ecdsaJcs(), ecdsaSd()].map(
  cryptosuite => new DataIntegrityProof({cryptosuite}));

// verifier-core looks for issuers and schemas by itself, and says so on the standard output: here it finds the
// network unplugged, and the output is for answers.
console.log = console.error;
globalThis.fetch = async url => {
  throw new Error(`${url} is not fetched`);
};

function loader(didDocuments) {
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
  return {...judged(answer), set: answer.statusResult?.results?.map(({status}) => status) ?? []};
}

async function verifyPresentation({presentation, didDocuments, now, challenge, domain}) {
  const documentLoader = loader(didDocuments);
  return judged(await vc.verify({presentation, challenge, domain, suite, documentLoader, now}));
}

function judged(answer) {
  return {verified: answer.verified === true, error: answer.verified ? null : reasons(answer)};
}

function reasons(answer) {
  const errors = [answer.error, ...(answer.error?.errors ?? []), answer.statusResult?.error];
  return errors.filter(Boolean).map(error => error.message ?? String(error)).join('; ') || JSON.stringify(answer);
}

async function askCore({core: credential}) {
  const {log = [], errors = []} = await core.verifyCredential({credential, knownDIDRegistries: [], knownDidRegistries: []});
  const verified = log.some(({id, valid}) => id === 'valid_signature' && valid);
  return {verified, error: errors.map(({message}) => message).join('; ') || null, log};
}

async function verifyJwt({jwt, jwk, now, typ}) {
  const {alg} = JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));
  const options = {algorithms: ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'RS256'], typ, currentDate: new Date(now)};
  const {payload, protectedHeader} = await jwtVerify(jwt, await importJWK(jwk, alg), options);
  return {verified: true, error: null, header: protectedHeader, payload};
}

function answer(request) {
  if('jwt' in request) {
    return verifyJwt(request);
  }
  if('core' in request) {
    return askCore(request);
  }
  return 'presentation' in request ? verifyPresentation(request) : verifyCredential(request);
}

await serve(async request => {
  try {
    return await answer(request);
  } catch(error) {
    return {verified: false, error: error.message};
  }
});
