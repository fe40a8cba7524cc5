// The package itself: what it holds, and what it says when its compiled half is missing.

import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import * as cosell from 'cosell'

const HERE = dirname(dirname(fileURLToPath(import.meta.url)))

test('import and require give the same', () => {
  const required = createRequire(import.meta.url)('cosell')
  assert.equal(required.Ecosystem, cosell.Ecosystem)
  assert.deepEqual(Object.keys(required).sort(), Object.keys(cosell).filter((k) => k !== 'default' && k !== 'module.exports').sort())
})

test('the version is that of the package', async () => {
  const { version, dependencies } = JSON.parse(await readFile(join(HERE, 'package.json'), 'utf8'))
  assert.equal(cosell.version, version)
  assert.equal(dependencies, undefined)
})

test('the declarations name what is exported', async () => {
  const declared = await readFile(join(HERE, 'index.d.ts'), 'utf8')
  for (const name of Object.keys(cosell)) {
    if (name === 'default' || name === 'module.exports') continue
    assert.match(declared, new RegExp(`export (class|function|const) ${name}\\b`), name)
  }
})

test('without the compiled half it says what to do', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'cosell-'))
  try {
    await cp(join(HERE, 'lib'), join(copy, 'lib'), { recursive: true })
    await cp(join(HERE, 'index.js'), join(copy, 'index.js'))
    assert.throws(() => createRequire(import.meta.url)(copy), /compiled part of cosell is missing.*make node/)
  } finally {
    await rm(copy, { recursive: true })
  }
})
