// A customer, whose account holds no credits: everything is free of charge.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import {
	api, free, freeCredits, invite, newAccount, newCustomer, newGrant, newOrganisation, newPurpose, only, permission,
	refused, trailLength,
} from './chain.js'

/** Why a call that would fail is refused: it is not free then, and there is nothing to pay with. */
const NOT_FREE = 'Inability to pay some fees'

describe('customer', () => {
	let organisation, customer, purpose
	const account = newAccount()

	before(async () => {
		organisation = await newOrganisation()
		customer = await newCustomer(organisation)
		purpose = await newPurpose(organisation, 'Consent')
	})

	/** Where the customer's consent for a purpose stands. */
	async function stateOf(purpose) {
		const consents = (await api.call.crmApi.consents(customer, null, 10)).unwrap()
		return consents.find((consent) => consent.purpose.toNumber() === purpose)?.state.toString()
	}

	test('claims with the key that it was invited by', async () => {
		const key = await invite(organisation, customer)
		const claim = api.tx.customers.claim(account.address)
		// What apps show as fees is what the call would cost if it were not free.
		assert.ok((await claim.paymentInfo(key)).partialFee.toBigInt() > 0n)

		const claimed = only(await free(claim, key), api.events.customers.Claimed)
		assert.equal(claimed.account.toString(), account.address)
		const info = (await api.call.crmApi.customer(customer)).unwrap()
		assert.equal(info.account.unwrap().toString(), account.address)
		assert.ok(info.invitation.isNone)
		assert.equal(await freeCredits(key), 0n)
	})

	test('has to sign mortal transactions', async () => {
		await refused(api.tx.consent.give(customer, purpose, permission()), account, 'bad signature', { era: 0 })
	})

	test('gives consent and withdraws it', async () => {
		const give = api.tx.consent.give(customer, purpose, permission())
		assert.equal(only(await free(give, account), api.events.consent.Given).customer.toHex(), customer)
		assert.equal(await stateOf(purpose), 'Given')
		// As Chain state shows it.
		const stored = (await api.query.consent.consents(customer, purpose)).toHuman()
		assert.equal(stored.latest.capture, 'Transaction')

		const withdraw = api.tx.consent.withdraw(customer, purpose)
		only(await free(withdraw, account), api.events.consent.Withdrawn)
		assert.equal(await stateOf(purpose), 'Withdrawn')
		await refused(withdraw, account, NOT_FREE)

		const history = (await api.call.crmApi.consentHistory(customer, purpose, 0, 10)).unwrap()
		assert.deepEqual(history.map(({ state }) => state.toString()), ['Given', 'Withdrawn'])
	})

	test('objects to what rests on legitimate interests', async () => {
		const interests = await newPurpose(organisation, 'LegitimateInterests')
		only(await free(api.tx.consent.object(customer, interests), account), api.events.consent.Objected)
		assert.equal(await stateOf(interests), 'Objected')
		await refused(api.tx.consent.object(customer, purpose), account, NOT_FREE)
	})

	test('takes its own data from a grant', async () => {
		const grant = await newGrant(organisation, { Account: { account: organisation.agent.address } }, purpose)
		const grants = async () => (await api.call.crmApi.grantsOn(customer, null, 10)).unwrap()
		assert.deepEqual((await grants()).map((info) => info.grant.toNumber()), [grant])

		const excluded = await free(api.tx.accessGrants.revokeOwn(customer, grant), account)
		assert.equal(only(excluded, api.events.accessGrants.Excluded).grant.toNumber(), grant)
		assert.deepEqual((await grants()).length, 0)
	})

	test("refuses somebody else's invitation", async () => {
		await invite(organisation, customer)
		const vetoed = await free(api.tx.customers.vetoInvitation(customer), account)
		assert.equal(only(vetoed, api.events.customers.InvitationVetoed).customer.toHex(), customer)
		assert.ok((await api.query.customers.invitations(customer)).isNone)
	})

	test('asks for erasure, once', async () => {
		const entries = await trailLength(customer)
		const request = api.tx.customers.requestErasure(customer)
		const due = only(await free(request, account), api.events.customers.ErasureRequested).due.toNumber()
		assert.ok(due > Date.now())
		assert.equal((await api.call.crmApi.customer(customer)).unwrap().erasureDue.unwrap().toNumber(), due)
		assert.equal(await trailLength(customer), entries + 1)
		await refused(request, account, NOT_FREE)
	})
})
