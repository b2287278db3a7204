import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { ProofNodes } from '../../../shared/core/domain/merkle/proof-nodes.js';
import { TreeEdge } from '../../../shared/core/domain/merkle/tree-edge.js';
import { emptyRoot, leafHash, nodeHash } from '../../../shared/core/domain/merkle/tree-hash.js';
import { isConsistent, isIncluded } from '../../../shared/core/domain/merkle/verify-proof.js';

const crypto = new NodeCrypto();
const digest = (data: string | Uint8Array): Uint8Array => crypto.digest(data);

/** The leaves of the test data of Certificate Transparency, and the roots of the trees of the first n of them. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

interface Probe {
  desc: string;
  wantErr: boolean;
  proof: string[] | null;
}
interface InclusionProbe extends Probe {
  leafIdx: number;
  treeSize: number;
  root: string | null;
  leafHash: string;
}
interface ConsistencyProbe extends Probe {
  size1: number;
  size2: number;
  root1: string | null;
  root2: string | null;
}
const probes = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../fixtures/rfc6962-probes.json', import.meta.url)), 'utf8'),
) as { inclusion: InclusionProbe[]; consistency: ConsistencyProbe[] };

/** MTH of RFC 6962, section 2.1, as it stands there. */
function naiveRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot(digest);
  if (hashes.length === 1) return hashes[0] as Uint8Array;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(naiveRoot(hashes.slice(0, split)), naiveRoot(hashes.slice(split)), digest);
}

function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => leafHash(`leaf ${at}`, digest));
}

function edgeOf(hashes: readonly Uint8Array[]): TreeEdge {
  const edge = TreeEdge.empty(digest);
  for (const hash of hashes) edge.append(hash);
  return edge;
}

function gathered(hashes: readonly Uint8Array[], want: (nodes: ProofNodes) => void): ProofNodes {
  const nodes = new ProofNodes(hashes.length, digest);
  want(nodes);
  for (const hash of hashes) nodes.take(hash);
  return nodes;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (base64: string | null): Uint8Array => Buffer.from(base64 ?? '', 'base64');

describe('the Merkle tree of RFC 6962', () => {
  it('has the roots of the test data of Certificate Transparency', () => {
    // Each of their bytes is below 0x80, and so one in UTF-8, too.
    const hashes = LEAVES.map((leaf) => leafHash(Buffer.from(leaf, 'hex').toString('latin1'), digest));
    expect(ROOTS).toEqual(ROOTS.map((_, size) => hex(edgeOf(hashes.slice(0, size)).root())));
  });

  it.each(probes.inclusion)('judges an inclusion as others do: $leafIdx in $treeSize, $desc', (probe) => {
    const { leafIdx: index, treeSize: size, leafHash: leaf, proof, root, wantErr } = probe;
    const claim = { index, size, leaf: bytes(leaf), proof: (proof ?? []).map(bytes) };
    expect(isIncluded(claim, bytes(root), digest)).toBe(!wantErr);
  });

  it.each(probes.consistency)('judges a consistency as others do: $size1 to $size2, $desc', (probe) => {
    const { size1, size2, root1, root2, proof, wantErr } = probe;
    const older = { size: size1, root: bytes(root1) };
    const newer = { size: size2, root: bytes(root2) };
    expect(isConsistent(older, newer, (proof ?? []).map(bytes), digest)).toBe(!wantErr);
  });

  it('has the root that its definition gives, and goes on from any edge that was kept', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (kept, more) => {
        const all = leaves(kept + more);
        const edge = edgeOf(all.slice(0, kept));
        const again = TreeEdge.of(kept, edge.hashes, digest) as TreeEdge;
        for (const hash of all.slice(kept)) again.append(hash);
        expect(again.root()).toEqual(naiveRoot(all));
        expect(edge.root()).toEqual(naiveRoot(all.slice(0, kept)));
      }),
    );
  });

  it('takes no edge that is not one of a tree of that size', () => {
    const [one, two] = leaves(2) as [Uint8Array, Uint8Array];
    expect(TreeEdge.of(3, [one], digest)).toBeUndefined();
    expect(TreeEdge.of(2, [one, two], digest)).toBeUndefined();
    expect(TreeEdge.of(-1, [], digest)).toBeUndefined();
    expect(TreeEdge.of(1.5, [one], digest)).toBeUndefined();
    expect(TreeEdge.of(1, [one.subarray(1)], digest)).toBeUndefined();
  });

  it('proves each of its leaves, and none other, none elsewhere and none in another tree', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (size, some, byte) => {
        const hashes = leaves(size);
        const index = some % size;
        const nodes = gathered(hashes, (wanting) => wanting.wantInclusion(index));
        const root = nodes.root();
        const claim = { index, size, leaf: hashes[index] as Uint8Array, proof: nodes.inclusion(index) };
        expect(isIncluded(claim, root, digest)).toBe(true);
        expect(isIncluded({ ...claim, leaf: leafHash('other', digest) }, root, digest)).toBe(false);
        if (size > 1) expect(isIncluded({ ...claim, index: (index + 1) % size }, root, digest)).toBe(false);
        expect(isIncluded({ ...claim, proof: [...claim.proof, root] }, root, digest)).toBe(false);
        const changed = claim.proof.map((hash) => Uint8Array.from(hash));
        const at = byte % (changed.length * 32 || 1);
        const node = changed[Math.floor(at / 32)];
        if (node === undefined) return;
        node[at % 32] = (node[at % 32] as number) ^ 1;
        expect(isIncluded({ ...claim, proof: changed }, root, digest)).toBe(false);
      }),
    );
  });

  it('proves that it begins with each older one, and with no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (size, some, byte) => {
        const hashes = leaves(size);
        const olderSize = 1 + (some % size);
        const older = { size: olderSize, root: naiveRoot(hashes.slice(0, olderSize)) };
        const nodes = gathered(hashes, (wanting) => wanting.wantConsistency(olderSize));
        const newer = { size, root: nodes.root() };
        const proof = nodes.consistency(olderSize);
        expect(isConsistent(older, newer, proof, digest)).toBe(true);
        const other = { size: olderSize, root: leafHash('other', digest) };
        expect(isConsistent(other, newer, proof, digest)).toBe(false);
        if (olderSize > 1)
          expect(isConsistent({ ...older, size: olderSize - 1 }, newer, proof, digest)).toBe(false);
        const changed = proof.map((hash) => Uint8Array.from(hash));
        const node = changed[byte % (changed.length || 1)];
        if (node === undefined) return;
        node[byte % 32] = (node[byte % 32] as number) ^ 1;
        expect(isConsistent(older, newer, changed, digest)).toBe(false);
      }),
    );
  });

  it('gives no proof of what was not asked for', () => {
    const nodes = gathered(leaves(8), (wanting) => wanting.wantInclusion(0));
    expect(() => nodes.inclusion(7)).toThrow('were not asked for');
  });
});
