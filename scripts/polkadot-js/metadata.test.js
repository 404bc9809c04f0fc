// What apps know of the chain as soon as they are connected.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { api } from './chain.js'

test('the metadata tells what the chain has', () => {
	assert.equal(api.runtimeVersion.specName.toString(), 'consentry')
	assert.equal(api.registry.chainSS58, 42)
	assert.deepEqual(api.registry.chainTokens, ['CREDIT'])
	assert.deepEqual(api.registry.chainDecimals, [12])
	for (const pallet of ['organisations', 'auditTrail', 'customers', 'consent', 'accessGrants', 'council']) {
		assert.ok(api.query[pallet], `there is no pallet ${pallet}`)
	}
	const questions = [
		'customer', 'organisation', 'member', 'records', 'trailHead', 'erasures', 'purposes', 'consents',
		'consentAsOf', 'checkAccess', 'grantsOn', 'grantsOf', 'policy', 'suspensions', 'breakGlassReviews',
	]
	for (const name of questions) {
		assert.equal(typeof api.call.crmApi[name], 'function', `CrmApi has no ${name}`)
	}
})
