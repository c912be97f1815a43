// Other people's signers as one long-lived process: a JSON object a line in, a JSON object a line out.
//
// {documents: {url: document}}                remembers contexts                        → {}
// {credential, suite, curve}                  signs with a new did:key as the issuer    → {credential}
//
// `curve` is Ed25519, P-256 or P-384. Nothing is ever fetched.

import * as readline from 'node:readline';
import * as vc from '@digitalbazaar/vc';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import {createSignCryptosuite as ecdsaJcs} from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {createSignCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsa2022} from '@digitalbazaar/eddsa-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

const remembered = new Map();

const cryptosuites = {
  'eddsa-rdfc-2022': () => eddsaRdfc,
  'eddsa-2022': () => eddsa2022,
  'eddsa-jcs-2022': eddsaJcs,
  'ecdsa-rdfc-2019': () => ecdsaRdfc,
  'ecdsa-jcs-2019': ecdsaJcs
};

async function documentLoader(url) {
  if(!remembered.has(url)) {
    throw new Error(`${url} was not handed in`);
  }
  return {contextUrl: null, documentUrl: url, document: structuredClone(remembered.get(url))};
}

async function generate(suite, curve) {
  if(suite === 'Ed25519Signature2020') {
    return Ed25519VerificationKey2020.generate();
  }
  return curve === 'Ed25519' ? Ed25519Multikey.generate() : EcdsaMultikey.generate({curve});
}

async function sign({credential, suite, curve}) {
  const key = await generate(suite, curve);
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const signing = suite === 'Ed25519Signature2020' ?
    new Ed25519Signature2020({key}) :
    new DataIntegrityProof({
      signer: {...key.signer(), id: key.id}, cryptosuite: cryptosuites[suite](), legacyContext: suite === 'eddsa-2022'
    });
  const issuer = {...credential.issuer, id: key.controller};
  return {credential: await vc.issue({credential: {...credential, issuer}, suite: signing, documentLoader})};
}

async function answer(request) {
  try {
    if(request.documents) {
      Object.entries(request.documents).forEach(entry => remembered.set(...entry));
      return {};
    }
    return await sign(request);
  } catch(error) {
    return {error: error.stack};
  }
}

for await (const line of readline.createInterface({input: process.stdin})) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
}
