// Other people's signers as one long-lived process: a JSON object a line in, a JSON object a line out.
//
// {documents: {url: document}}                            remembers contexts                         → {}
// {credential, suite, curve, mandatoryPointers}           signs, a new did:key is the issuer         → {credential}
// {base, selectivePointers}                               derives from an ecdsa-sd-2023 proof        → {credential}
// {credentials, suite, curve, challenge, domain, now}     shows, a new did:key is the holder         → {presentation}
// {claims, algorithm, header}                             jose: signs, a new did:jwk is the issuer   → {jwt}
//
// `curve` is Ed25519, P-256 or P-384. Nothing is ever fetched.

import * as vc from '@digitalbazaar/vc';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import {createSignCryptosuite as ecdsaJcs} from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {createSignCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsa2022} from '@digitalbazaar/eddsa-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {exportJWK, generateKeyPair, SignJWT} from 'jose';
import {found, remembered, serve} from './programs.mjs';

const cryptosuites = {
  'eddsa-rdfc-2022': () => eddsaRdfc,
  'eddsa-2022': () => eddsa2022,
  'eddsa-jcs-2022': eddsaJcs,
  'ecdsa-rdfc-2019': () => ecdsaRdfc,
  'ecdsa-jcs-2019': ecdsaJcs,
  'ecdsa-sd-2023': ({mandatoryPointers}) => ecdsaSd.createSignCryptosuite({mandatoryPointers})
};

async function documentLoader(url) {
  if(!remembered.has(url)) {
    throw new Error(`${url} was not handed in`);
  }
  return found(url, remembered.get(url));
}

async function generate(suite, curve) {
  if(suite === 'Ed25519Signature2020') {
    return Ed25519VerificationKey2020.generate();
  }
  return curve === 'Ed25519' ? Ed25519Multikey.generate() : EcdsaMultikey.generate({curve});
}

async function signing(request) {
  const {suite, curve} = request;
  const key = await generate(suite, curve);
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const made = suite === 'Ed25519Signature2020' ?
    new Ed25519Signature2020({key}) :
    new DataIntegrityProof({
      signer: {...key.signer(), id: key.id},
      cryptosuite: cryptosuites[suite](request),
      legacyContext: suite === 'eddsa-2022'
    });
  return {did: key.controller, suite: made};
}

async function sign(request) {
  const {did, suite} = await signing(request);
  const issuer = {...request.credential.issuer, id: did};
  return {credential: await vc.issue({credential: {...request.credential, issuer}, suite, documentLoader})};
}

async function derive({base, selectivePointers}) {
  const cryptosuite = ecdsaSd.createDiscloseCryptosuite({selectivePointers});
  const suite = new DataIntegrityProof({cryptosuite});
  return {credential: await vc.derive({verifiableCredential: base, suite, documentLoader})};
}

async function present(request) {
  const {did, suite} = await signing(request);
  const {challenge, domain, credentials, now} = request;
  const presentation = vc.createPresentation({verifiableCredential: credentials, holder: did, version: 2.0, now});
  return {presentation: await vc.signPresentation({presentation, suite, challenge, domain, documentLoader})};
}

async function signJwt({claims, algorithm, header}) {
  const {privateKey, publicKey} = await generateKeyPair(algorithm, {extractable: true});
  const jwk = await exportJWK(publicKey);
  const did = `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`;
  const protectedHeader = {...header, alg: algorithm, kid: `${did}#0`};
  const issued = {...claims, issuer: {...claims.issuer, id: did}};
  return {jwt: await new SignJWT(issued).setProtectedHeader(protectedHeader).sign(privateKey)};
}

function answer(request) {
  if('claims' in request) {
    return signJwt(request);
  }
  if('credentials' in request) {
    return present(request);
  }
  return 'base' in request ? derive(request) : sign(request);
}

await serve(async request => {
  try {
    return await answer(request);
  } catch(error) {
    return {error: error.stack};
  }
});
