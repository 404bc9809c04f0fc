// A steward: writes customers, records and consents.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { u8aConcat, u8aToHex, u8aWrapBytes } from '@polkadot/util'
import { blake2AsHex, randomAsHex } from '@polkadot/util-crypto'

import {
	all, api, commitment, fail, HOUR, invite, newClaimedCustomer, newOrganisation, newPurpose, only, permission, refused,
	succeed, trailLength,
} from './chain.js'

describe('steward', () => {
	let organisation, steward, customer
	const nonce = randomAsHex(32)

	before(async () => {
		organisation = await newOrganisation()
		;({ steward } = organisation)
	})

	test('registers a customer', async () => {
		const sealed = commitment()
		const result = await succeed(api.tx.customers.register([{ nonce, records: [['Contact', sealed]] }]), steward)

		const expected = blake2AsHex(u8aConcat(api.createType('u32', organisation.id).toU8a(), nonce))
		const registered = only(result, api.events.customers.Registered)
		customer = registered.customer.toHex()
		assert.equal(customer, expected)
		assert.equal(registered.controller.toNumber(), organisation.id)

		const appended = all(result, api.events.auditTrail.Appended)
		assert.deepEqual(appended.map(({ customer }) => customer.toHex()), [expected, expected])
		const entries = appended.map(({ entry }) => entry)
		assert.deepEqual(entries.map((entry) => entry.index.toNumber()), [0, 1])
		for (const entry of entries) {
			assert.equal(entry.block.toNumber(), result.blockNumber.toNumber())
			assert.equal(entry.actor.asMember.organisation.toNumber(), organisation.id)
			assert.equal(entry.actor.asMember.account.toString(), steward.address)
		}
		assert.equal(entries[0].action.asRegistered.controller.toNumber(), organisation.id)
		const record = entries[1].action.asRecordSealed
		assert.equal(record.category.toString(), 'Contact')
		assert.equal(record.revision.toNumber(), 0)
		assert.equal(record.commitment.asBlake2b256V1.toHex(), sealed.Blake2b256V1)

		// Each head is the hash of the one before with the entry.
		assert.equal(appended[1].head.toHex(), blake2AsHex(u8aConcat(appended[0].head.toU8a(), entries[1].toU8a())))
	})

	test('is told by storage and by CrmApi the same of the customer', async () => {
		const stored = (await api.query.customers.customers(customer)).unwrap()
		assert.equal(stored.controller.toNumber(), organisation.id)
		const keys = await api.query.customers.customers.keys()
		assert.ok(keys.some(({ args: [id] }) => id.toHex() === customer))

		const info = (await api.call.crmApi.customer(customer)).unwrap()
		assert.equal(info.controller.toNumber(), organisation.id)
		assert.ok(info.account.isNone && info.erased.isNone)

		const head = (await api.call.crmApi.trailHead(customer)).unwrap()
		assert.equal(await trailLength(customer), 2)
		const trail = (await api.query.auditTrail.trails(customer)).unwrap()
		assert.equal(u8aToHex(head.toU8a()), u8aToHex(trail.toU8a()))

		assert.ok((await api.call.crmApi.customer(randomAsHex(32))).isNone)
	})

	test('seals a record anew', async () => {
		const rectified = commitment()
		const result = await succeed(api.tx.customers.seal(customer, 'Contact', rectified), steward)
		assert.equal(only(result, api.events.customers.RecordSealed).revision.toNumber(), 1)

		const [record] = (await api.call.crmApi.records(customer)).unwrap()
		assert.equal(record.revision.toNumber(), 1)
		assert.equal(record.commitment.asBlake2b256V1.toHex(), rectified.Blake2b256V1)
		// As Chain state shows it: the key has two parts, and the enumeration's name is chosen from a list.
		const stored = (await api.query.customers.records(customer, 'Contact')).toHuman()
		assert.deepEqual(stored.commitment, { Blake2b256V1: rectified.Blake2b256V1 })
	})

	test('invites a one-time key', async () => {
		const key = await invite(organisation, customer)
		const { invitation } = (await api.call.crmApi.customer(customer)).unwrap()
		assert.equal(invitation.unwrap().key.toString(), key.address)
		await succeed(api.tx.customers.revokeInvitation(customer), steward)
		assert.ok((await api.query.customers.invitations(customer)).isNone)
	})

	test('records a consent with its evidence', async () => {
		const purpose = await newPurpose(organisation, 'Consent')
		const evidence = commitment()
		const statement = { Give: { permission: permission() } }
		const record = api.tx.consent.record([{ customer, purpose, statement, method: 'Phone', evidence }])
		assert.equal(only(await succeed(record, steward), api.events.consent.Given).purpose.toNumber(), purpose)

		const [consent] = (await api.call.crmApi.consents(customer, null, 10)).unwrap()
		assert.equal(consent.state.toString(), 'Given')
		assert.equal(consent.capture.asRecorded.method.toString(), 'Phone')
		assert.equal(consent.capture.asRecorded.evidence.asBlake2b256V1.toHex(), evidence.Blake2b256V1)
	})

	test('relays what a customer signed off the chain', async () => {
		const purpose = await newPurpose(organisation, 'Consent')
		const claimed = await newClaimedCustomer(organisation)
		const [{ terms }] = await api.call.crmApi.purposes(organisation.id, purpose - 1, 1)
		const statement = {
			customer: claimed.customer,
			controller: organisation.id,
			account: claimed.account.address,
			purpose,
			notice: terms.notice,
			revisions: 0,
			expires: Date.now() + HOUR,
			statement: { Give: { permission: permission() } },
		}
		const submission = (signature) => api.tx.consent.submit(statement, { Account: { Sr25519: signature } })
		// What apps show as encoded call data: two bytes for the call, the statement, and the signature's 66.
		const encoded = submission(new Uint8Array(64)).method.toU8a().slice(2, -66)
		// A tag with its length, the chain, the statement; wrapped as Sign and verify and wallets do.
		const tag = api.createType('Bytes', 'consentry/statement/\x01').toU8a()
		const message = u8aWrapBytes(u8aConcat(tag, api.genesisHash.toU8a(), encoded))

		const signed = submission(claimed.account.sign(message))
		assert.equal(only(await succeed(signed, steward), api.events.consent.Given).customer.toHex(), claimed.customer)
		const [consent] = (await api.call.crmApi.consents(claimed.customer, null, 10)).unwrap()
		assert.equal(consent.capture.asSignature.relayer.toString(), steward.address)
		// It counts once.
		await fail(signed, steward, 'consent.OutdatedStatement')
	})

	test('has to sign mortal transactions, without a tip', async () => {
		const register = api.tx.customers.register([{ nonce: randomAsHex(32), records: [] }])
		await refused(register, steward, 'bad signature', { era: 0 })
		await refused(register, steward, 'Inability to pay some fees', { tip: 1 })
	})

	test('reads why a call failed', async () => {
		const register = api.tx.customers.register([{ nonce, records: [] }])
		const error = await fail(register, steward, 'customers.AlreadyExists')
		const { docs } = api.registry.findMetaError(error.asModule)
		assert.match(docs.join(' '), /A customer with this id is registered/)
	})
})
