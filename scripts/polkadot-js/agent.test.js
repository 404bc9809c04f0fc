// An agent: asks to read customers' data.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { randomAsHex } from '@polkadot/util-crypto'

import {
	alice, all, api, CATEGORIES, newCustomer, newGrant, newOrganisation, newPurpose, only, succeed, trailLength,
} from './chain.js'

describe('agent', () => {
	let organisation, agent, customer, contract, grant

	before(async () => {
		organisation = await newOrganisation()
		;({ agent } = organisation)
		customer = await newCustomer(organisation)
		contract = await newPurpose(organisation, 'Contract')
		grant = await newGrant(organisation, { Account: { account: agent.address } }, contract)
	})

	/** What would be answered, without asking. */
	async function dryRun(categories, customers) {
		const answer = await api.call.crmApi.checkAccess(agent.address, grant, contract, categories, customers)
		return answer.asOk.map(({ basis, denial }) => basis.isSome ? basis.unwrap().toString() : denial.unwrap().toString())
	}

	const request = (categories, customers) =>
		api.tx.accessGrants.requestAccess(grant, contract, categories, customers, null)

	test('is told beforehand what would be decided, and leaves no trace', async () => {
		const entries = await trailLength(customer)
		assert.deepEqual(await dryRun(CATEGORIES.contact, [customer]), ['Contract'])
		assert.deepEqual(await dryRun(CATEGORIES.identity, [customer]), ['CategoryNotGranted'])
		assert.equal(await trailLength(customer), entries)
	})

	test('is authorised', async () => {
		const entries = await trailLength(customer)
		const result = await succeed(request(CATEGORIES.contact, [customer]), agent)
		const authorised = only(result, api.events.accessGrants.Authorised)
		assert.equal(authorised.account.toString(), agent.address)
		assert.equal(authorised.customer.toHex(), customer)
		assert.equal(await trailLength(customer), entries + 1)
	})

	test('is denied by an extrinsic that succeeds, and the denial is in the trail', async () => {
		const entries = await trailLength(customer)
		const result = await succeed(request(CATEGORIES.identity, [customer]), agent)
		const denied = only(result, api.events.accessGrants.Denied)
		assert.equal(denied.reason.toString(), 'CategoryNotGranted')
		assert.ok(denied.decision.isSome)
		assert.equal(await trailLength(customer), entries + 1)
	})

	test('asks for several customers at once, each decided on its own', async () => {
		const another = await newCustomer(organisation)
		const unknown = randomAsHex(32)
		const result = await succeed(request(CATEGORIES.contact, [customer, unknown, another]), agent)
		assert.deepEqual(
			all(result, api.events.accessGrants.Authorised).map(({ customer }) => customer.toHex()),
			[customer, another],
		)
		const denied = only(result, api.events.accessGrants.Denied)
		assert.equal(denied.reason.toString(), 'UnknownCustomer')
		assert.ok(denied.decision.isNone)
	})

	test('is refused where it is no member', async () => {
		const entries = await trailLength(customer)
		const refused = only(await succeed(request(CATEGORIES.contact, [customer]), alice), api.events.accessGrants.Refused)
		assert.equal(refused.reason.toString(), 'NotMember')
		assert.equal(await trailLength(customer), entries)
	})
})
