// The data-protection officer: purposes, grants, policies, suspensions.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import {
	api, CATEGORIES, commitment, fail, HOUR, newCustomer, newGrant, newName, newOrganisation, only, succeed,
} from './chain.js'

describe('officer', () => {
	let organisation, officer, agent, steward, purpose, customer
	const name = newName('newsletter')
	const terms = { categories: CATEGORIES.identity + CATEGORIES.contact, retentionDays: 365, notice: commitment() }

	before(async () => {
		organisation = await newOrganisation()
		;({ officer, agent, steward } = organisation)
		customer = await newCustomer(organisation)
	})

	test('creates a purpose', async () => {
		const create = api.tx.consent.createPurpose(name, 'dpv:Marketing', 'Consent', terms)
		purpose = only(await succeed(create, officer), api.events.consent.PurposeCreated).purpose.toNumber()

		const [info] = await api.call.crmApi.purposes(organisation.id, null, 10)
		assert.equal(info.purpose.toNumber(), purpose)
		assert.equal(info.name.toString(), name)
		assert.equal(info.basis.toString(), 'Consent')
		assert.equal(Number(info.terms.categories), terms.categories)
		await fail(create, officer, 'consent.AlreadyExists')
		await fail(create, steward, 'organisations.NotAuthorised')
	})

	test('revises it: a new notice that asks for new consent', async () => {
		const revise = api.tx.consent.revisePurpose(purpose, { ...terms, notice: commitment() }, true)
		const revised = only(await succeed(revise, officer), api.events.consent.PurposeRevised)
		assert.equal(revised.noticeVersion.toNumber(), 2)
		assert.equal(revised.consentsSince.toNumber(), 2)

		const history = (await api.call.crmApi.purposeHistory(purpose, 0, 10)).unwrap()
		assert.deepEqual(history.map(({ noticeVersion }) => noticeVersion.toNumber()), [1, 2])
	})

	test('grants access and revokes it', async () => {
		const grantee = { Role: { organisation: organisation.id, role: 'Agent' } }
		const grant = await newGrant(organisation, grantee, purpose)
		const [info] = await api.call.crmApi.grantsOf(agent.address, null, 10)
		assert.equal(info.grant.toNumber(), grant)
		assert.equal(info.terms.uses.unwrap().toNumber(), 5)
		// As Chain state shows it.
		const stored = (await api.query.accessGrants.grants(grant)).toHuman()
		assert.deepEqual(stored.scope, { Controller: { organisation: `${organisation.id}` } })
		assert.deepEqual(stored.grantee, { Role: { organisation: `${organisation.id}`, role: 'Agent' } })

		await succeed(api.tx.accessGrants.revoke(grant), officer)
		assert.equal((await api.call.crmApi.grantsOf(agent.address, null, 10)).length, 0)
	})

	test('sets a policy, which suspends, and lifts the suspension', async () => {
		const once = { count: 1, window: HOUR }
		const policy = { rate: { count: 100, window: HOUR }, hours: 2 ** 24 - 1, denials: once, breakGlass: false }
		await succeed(api.tx.accessGrants.setPolicy(policy), officer)
		assert.deepEqual((await api.call.crmApi.policy(organisation.id)).toJSON(), policy)

		const without = 2n ** 64n - 1n
		const request = api.tx.accessGrants.requestAccess(without, purpose, CATEGORIES.contact, [customer], null)
		const result = await succeed(request, agent)
		assert.equal(only(result, api.events.accessGrants.Denied).reason.toString(), 'NoGrant')
		assert.equal(only(result, api.events.accessGrants.Suspended).account.toString(), agent.address)
		const refusal = only(await succeed(request, agent), api.events.accessGrants.Refused)
		assert.equal(refusal.reason.toString(), 'AccountSuspended')

		const [suspension] = await api.call.crmApi.suspensions(organisation.id, null, 10)
		assert.equal(suspension.account.toString(), agent.address)
		await succeed(api.tx.accessGrants.reinstate(agent.address), officer)
		assert.equal((await api.call.crmApi.suspensions(organisation.id, null, 10)).length, 0)
	})

	test('erases a customer who asked for it', async () => {
		await succeed(api.tx.customers.requestErasure(customer), officer)
		const [erasure] = await api.call.crmApi.erasures(organisation.id, null, 10)
		assert.equal(erasure.customer.toHex(), customer)
		assert.ok(erasure.overdue.isFalse)

		await succeed(api.tx.customers.erase(customer), officer)
		assert.equal((await api.call.crmApi.erasures(organisation.id, null, 10)).length, 0)
		assert.ok((await api.call.crmApi.customer(customer)).unwrap().erased.isSome)
	})
})
