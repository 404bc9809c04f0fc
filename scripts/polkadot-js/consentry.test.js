// What polkadot.js apps runs on has to read a Consentry chain from its metadata alone: no custom types here.
//
// Takes the node's address from CONSENTRY_URL; the chain has to be `development`, whose council is Alice.
// Everyone else is new, so that it can be run against one chain again and again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { ApiPromise, WsProvider } from '@polkadot/api'
import { Keyring } from '@polkadot/keyring'
import { u8aConcat, u8aToHex } from '@polkadot/util'
import { blake2AsHex, cryptoWaitReady, randomAsHex, randomAsU8a } from '@polkadot/util-crypto'

const url = process.env.CONSENTRY_URL
assert.ok(url, 'CONSENTRY_URL has to be the address of a development node, such as ws://127.0.0.1:9944')

const CREDIT = 10n ** 12n
const HOUR = 60 * 60 * 1000
const ROLES = { admin: 1, steward: 2 }

const commitment = () => ({ Blake2b256V1: randomAsHex(32) })

let api, alice, admin, steward
let organisation, nonce, customer, customerAccount

/** Submits an extrinsic and waits until it is final; the result has its events. */
function submit(extrinsic, signer, options = {}) {
	return new Promise((resolve, reject) => {
		extrinsic
			.signAndSend(signer, options, (result) => {
				if (result.isError) reject(new Error(`the extrinsic is ${result.status.type}`))
				if (result.isFinalized) resolve(result)
			})
			.catch(reject)
	})
}

/** The name of a dispatch error, as the metadata has it. */
function nameOf(error) {
	if (!error.isModule) return error.toString()
	const { section, name } = api.registry.findMetaError(error.asModule)
	return `${section}.${name}`
}

/** Submits an extrinsic that has to succeed. */
async function succeed(extrinsic, signer, options) {
	const result = await submit(extrinsic, signer, options)
	assert.equal(result.dispatchError && nameOf(result.dispatchError), undefined)
	return result
}

/** The data of the one event of this kind. */
function only(result, event) {
	const found = result.events.filter((record) => event.is(record.event))
	assert.equal(found.length, 1, `${found.length} events where one was expected`)
	return found[0].event.data
}

/** Has the council, which is Alice alone, make a call. */
async function move(call) {
	const result = await succeed(api.tx.council.propose(1, call, call.method.encodedLength), alice)
	const outcome = only(result, api.events.council.Executed).result
	assert.ok(outcome.isOk, outcome.isErr ? nameOf(outcome.asErr) : '')
	return result
}

async function freeCredits(who) {
	return (await api.query.system.account(who.address)).data.free.toBigInt()
}

before(async () => {
	await cryptoWaitReady()
	const provider = new WsProvider(url, false)
	api = new ApiPromise({ provider, noInitWarn: true, throwOnConnect: true })
	await provider.connect()
	await api.isReadyOrError
	const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 })
	alice = keyring.addFromUri('//Alice')
	admin = keyring.addFromSeed(randomAsU8a(32))
	steward = keyring.addFromSeed(randomAsU8a(32))
	customerAccount = keyring.addFromSeed(randomAsU8a(32))
})

after(() => api?.disconnect())

test('the metadata tells what the chain has', () => {
	assert.equal(api.runtimeVersion.specName.toString(), 'consentry')
	assert.equal(api.registry.chainSS58, 42)
	assert.deepEqual(api.registry.chainTokens, ['CREDIT'])
	assert.deepEqual(api.registry.chainDecimals, [12])
	for (const pallet of ['organisations', 'auditTrail', 'customers']) {
		assert.ok(api.query[pallet], `there is no pallet ${pallet}`)
	}
	for (const name of ['customer', 'organisation', 'member', 'records', 'trailHead', 'erasures']) {
		assert.equal(typeof api.call.crmApi[name], 'function', `CrmApi has no ${name}`)
	}
})

test('the council creates an organisation and issues credits to it', async () => {
	const name = `acme-${randomAsHex(6).slice(2)}`
	const registered = only(
		await move(api.tx.organisations.register(name, admin.address)),
		api.events.organisations.Registered,
	)
	organisation = registered.organisation.toNumber()
	assert.equal(registered.name.toUtf8(), name)
	assert.equal(registered.admin.toString(), admin.address)

	const amount = 1_000n * CREDIT
	const issued = only(
		await move(api.tx.consortium.issueCredits(organisation, amount)),
		api.events.consortium.CreditsIssued,
	)
	assert.equal(issued.organisation.toNumber(), organisation)
	assert.equal(issued.amount.toBigInt(), amount)

	const info = (await api.call.crmApi.organisation(organisation)).unwrap()
	assert.equal(info.name.toString(), name)
	assert.ok(info.active.isTrue)
})

test('its admin adds a steward, and the organisation pays', async () => {
	const added = only(
		await succeed(api.tx.organisations.addMember(steward.address, ROLES.steward), admin),
		api.events.organisations.MemberAdded,
	)
	assert.equal(added.organisation.toNumber(), organisation)
	assert.equal(added.account.toString(), steward.address)
	const member = (await api.call.crmApi.member(steward.address)).unwrap()
	assert.equal(Number(member.roles), ROLES.steward)
	assert.equal(await freeCredits(admin), 0n)
})

test('the steward registers a customer', async () => {
	nonce = randomAsHex(32)
	const sealed = commitment()
	const result = await succeed(
		api.tx.customers.register([{ nonce, records: [['Contact', sealed]] }]),
		steward,
	)

	const expected = blake2AsHex(u8aConcat(api.createType('u32', organisation).toU8a(), nonce))
	const registered = only(result, api.events.customers.Registered)
	customer = registered.customer.toHex()
	assert.equal(customer, expected)
	assert.equal(registered.controller.toNumber(), organisation)

	const appended = result.events
		.filter(({ event }) => api.events.auditTrail.Appended.is(event))
		.map(({ event }) => event.data)
	assert.deepEqual(appended.map(({ customer }) => customer.toHex()), [expected, expected])
	const entries = appended.map(({ entry }) => entry)
	assert.deepEqual(entries.map((entry) => entry.index.toNumber()), [0, 1])
	for (const entry of entries) {
		assert.equal(entry.block.toNumber(), result.blockNumber.toNumber())
		assert.equal(entry.actor.asMember.organisation.toNumber(), organisation)
		assert.equal(entry.actor.asMember.account.toString(), steward.address)
	}
	assert.equal(entries[0].action.asRegistered.controller.toNumber(), organisation)
	const record = entries[1].action.asRecordSealed
	assert.equal(record.category.toString(), 'Contact')
	assert.equal(record.revision.toNumber(), 0)
	assert.equal(record.commitment.asBlake2b256V1.toHex(), sealed.Blake2b256V1)

	// Each head is the hash of the one before with the entry.
	assert.equal(
		appended[1].head.toHex(),
		blake2AsHex(u8aConcat(appended[0].head.toU8a(), entries[1].toU8a())),
	)
})

test('storage and CrmApi tell the same of the customer', async () => {
	const stored = (await api.query.customers.customers(customer)).unwrap()
	assert.equal(stored.controller.toNumber(), organisation)
	const keys = await api.query.customers.customers.keys()
	assert.ok(keys.some(({ args: [id] }) => id.toHex() === customer))

	const info = (await api.call.crmApi.customer(customer)).unwrap()
	assert.equal(info.controller.toNumber(), organisation)
	assert.ok(info.account.isNone && info.erased.isNone)

	const head = (await api.call.crmApi.trailHead(customer)).unwrap()
	// The field `entries`, which polkadot.js renames because every Map has a method of that name.
	assert.equal(head.entries_.toNumber(), 2)
	const trail = (await api.query.auditTrail.trails(customer)).unwrap()
	assert.equal(u8aToHex(head.toU8a()), u8aToHex(trail.toU8a()))

	assert.ok((await api.call.crmApi.customer(randomAsHex(32))).isNone)
})

test('a customer without credits claims and asks for erasure, both free of charge', async () => {
	const oneTimeKey = new Keyring({ type: 'sr25519' }).addFromSeed(randomAsU8a(32))
	const invite = api.tx.customers.invite(
		customer,
		oneTimeKey.address,
		'AddressOnFile',
		commitment(),
		Date.now() + HOUR,
	)
	await succeed(invite, steward)

	const claimed = await succeed(api.tx.customers.claim(customerAccount.address), oneTimeKey, { era: 64 })
	assert.equal(only(claimed, api.events.customers.Claimed).account.toString(), customerAccount.address)
	const requested = await succeed(api.tx.customers.requestErasure(customer), customerAccount, { era: 64 })
	const due = only(requested, api.events.customers.ErasureRequested).due.toNumber()
	assert.ok(due > Date.now())

	for (const result of [claimed, requested]) {
		const block = await api.rpc.chain.getBlock(result.status.asFinalized)
		const { era } = block.block.extrinsics[result.txIndex]
		assert.ok(era.isMortalEra)
		assert.ok(!result.events.some(({ event }) => api.events.transactionPayment.TransactionFeePaid.is(event)))
	}
	for (const who of [oneTimeKey, customerAccount]) assert.equal(await freeCredits(who), 0n)

	const info = (await api.call.crmApi.customer(customer)).unwrap()
	assert.equal(info.account.unwrap().toString(), customerAccount.address)
	const head = (await api.call.crmApi.trailHead(customer)).unwrap()
	assert.equal(head.entries_.toNumber(), 5)
})

test('a second request for erasure is refused before it enters a block', async () => {
	await assert.rejects(submit(api.tx.customers.requestErasure(customer), customerAccount), /1010: Invalid Transaction/)
})

test('why a call failed is decoded from the metadata', async () => {
	const { dispatchError } = await submit(api.tx.customers.register([{ nonce, records: [] }]), steward)
	assert.ok(dispatchError.isModule)
	const { section, name, docs } = api.registry.findMetaError(dispatchError.asModule)
	assert.equal(`${section}.${name}`, 'customers.AlreadyExists')
	assert.match(docs.join(' '), /A customer with this id is registered/)
})
