// What all tests share: the connection, keys, and what they do again and again. What polkadot.js apps runs on
// has to read a Consentry chain from its metadata alone: no custom types here or in any test.
//
// Takes the node's address from CONSENTRY_URL; the chain has to be `development`, whose council is Alice.
// Everyone else is new, so that the tests can be run against one chain again and again: one file after the
// other, because all of them sign as Alice and one of them changes the council.
import assert from 'node:assert/strict'
import { after } from 'node:test'

import { ApiPromise, WsProvider } from '@polkadot/api'
import { Keyring } from '@polkadot/keyring'
import { cryptoWaitReady, randomAsHex, randomAsU8a } from '@polkadot/util-crypto'

const url = process.env.CONSENTRY_URL
assert.ok(url, 'CONSENTRY_URL has to be the address of a development node, such as ws://127.0.0.1:9944')

export const CREDIT = 10n ** 12n
export const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
/** Roles and data categories as the flags that apps take them as: a set of them is their sum. */
export const ROLES = { admin: 1, steward: 2, officer: 4, agent: 8, auditor: 16 }
export const CATEGORIES = { identity: 1, contact: 2, address: 4 }

await cryptoWaitReady()
/** The connection itself, for methods of the node that polkadot.js does not know. */
export const provider = new WsProvider(url, false)
export const api = new ApiPromise({ provider, noInitWarn: true, throwOnConnect: true })
await provider.connect()
await api.isReadyOrError
after(() => api.disconnect())

const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 })
export const wellKnown = (name) => keyring.addFromUri(`//${name}`)
export const alice = wellKnown('Alice')
export const newAccount = () => keyring.addFromSeed(randomAsU8a(32))
export const newName = (prefix) => `${prefix}-${randomAsHex(6).slice(2)}`
export const commitment = () => ({ Blake2b256V1: randomAsHex(32) })

/** Submits an extrinsic, unsigned without a signer, and waits until it is final; the result has its events. */
function submit(extrinsic, signer, options = {}) {
	return new Promise((resolve, reject) => {
		const follow = (result) => {
			if (result.isError) reject(new Error(`the extrinsic is ${result.status.type}`))
			if (result.isFinalized) resolve(result)
		}
		const sent = signer ? extrinsic.signAndSend(signer, options, follow) : extrinsic.send(follow)
		sent.catch(reject)
	})
}

/** The name of a dispatch error, as the metadata has it. */
function nameOf(error) {
	if (!error.isModule) return error.toString()
	const { section, name } = api.registry.findMetaError(error.asModule)
	return `${section}.${name}`
}

/** Submits an extrinsic that has to succeed. */
export async function succeed(extrinsic, signer, options) {
	const result = await submit(extrinsic, signer, options)
	assert.equal(result.dispatchError && nameOf(result.dispatchError), undefined)
	return result
}

/** Submits an extrinsic that has to fail in its block, with this error. */
export async function fail(extrinsic, signer, error) {
	const { dispatchError } = await submit(extrinsic, signer)
	assert.equal(dispatchError && nameOf(dispatchError), error)
	return dispatchError
}

/** Submits an extrinsic that has to be refused before it enters a block, for this reason. */
export async function refused(extrinsic, signer, reason, options) {
	await assert.rejects(submit(extrinsic, signer, options), ({ message }) => {
		assert.match(message, /^1010: Invalid Transaction: /)
		assert.ok(message.includes(reason), message)
		return true
	})
}

/** Submits a call of a customer, mortal by polkadot.js's own choice: it has to cost nothing. */
export async function free(extrinsic, signer) {
	const result = await succeed(extrinsic, signer)
	const { block } = await api.rpc.chain.getBlock(result.status.asFinalized)
	assert.equal(block.extrinsics[result.txIndex].era.asMortalEra.period.toNumber(), 256)
	assert.equal(all(result, api.events.transactionPayment.TransactionFeePaid).length, 0)
	assert.equal(await freeCredits(signer), 0n)
	return result
}

/** The data of all events of this kind. */
export function all(result, event) {
	return result.events.filter((record) => event.is(record.event)).map((record) => record.event.data)
}

/** The data of the one event of this kind. */
export function only(result, event) {
	const found = all(result, event)
	assert.equal(found.length, 1, `${found.length} events where one was expected`)
	return found[0]
}

/** Why the call that the council made failed, if it did. */
export function failureOf(result) {
	const outcome = only(result, api.events.council.Executed).result
	return outcome.isErr ? nameOf(outcome.asErr) : undefined
}

/** Has the council, which is Alice alone, make a call. */
export async function move(call) {
	const result = await succeed(api.tx.council.propose(1, call, call.method.encodedLength), alice)
	assert.equal(failureOf(result), undefined)
	return result
}

export async function freeCredits(who) {
	return (await api.query.system.account(who.address)).data.free.toBigInt()
}

/** Number of entries in a customer's trail. */
export async function trailLength(customer) {
	// The field `entries`, which polkadot.js renames because every Map has a method of that name.
	return (await api.call.crmApi.trailHead(customer)).unwrap().entries_.toNumber()
}

/** A new organisation with credits, and a member for each role in it. */
export async function newOrganisation() {
	const [admin, steward, officer, agent] = [newAccount(), newAccount(), newAccount(), newAccount()]
	const registered = await move(api.tx.organisations.register(newName('acme'), admin.address))
	const id = only(registered, api.events.organisations.Registered).organisation.toNumber()
	await move(api.tx.consortium.issueCredits(id, 1_000n * CREDIT))
	const members = Object.entries({ steward, officer, agent })
	const added = members.map(([role, { address }]) => api.tx.organisations.addMember(address, ROLES[role]))
	await succeed(api.tx.utility.batchAll(added), admin)
	return { id, admin, steward, officer, agent }
}

/** A new purpose of an organisation, which needs the categories identity and contact. */
export async function newPurpose({ officer }, basis) {
	const terms = { categories: CATEGORIES.identity + CATEGORIES.contact, retentionDays: 365, notice: commitment() }
	const create = api.tx.consent.createPurpose(newName('purpose'), 'dpv:Marketing', basis, terms)
	return only(await succeed(create, officer), api.events.consent.PurposeCreated).purpose.toNumber()
}

/** A new customer of an organisation. */
export async function newCustomer({ steward }) {
	const register = api.tx.customers.register([{ nonce: randomAsHex(32), records: [] }])
	return only(await succeed(register, steward), api.events.customers.Registered).customer.toHex()
}

/**
 * Invites a one-time key, which it gives back, to claim a customer: at once, or where the customer was claimed before,
 * after the time that its account has for a veto.
 */
export async function invite({ steward }, customer) {
	const key = newAccount()
	const expires = Date.now() + 20 * DAY
	await succeed(api.tx.customers.invite(customer, key.address, 'AddressOnFile', commitment(), expires), steward)
	return key
}

/** A new customer of an organisation, with the account that it claimed. */
export async function newClaimedCustomer(organisation) {
	const customer = await newCustomer(organisation)
	const account = newAccount()
	await free(api.tx.customers.claim(account.address), await invite(organisation, customer))
	return { customer, account }
}

/** What a customer consents to: everything that a purpose of `newPurpose` needs. */
export const permission = () => ({
	noticeVersion: 1,
	categories: CATEGORIES.identity + CATEGORIES.contact,
	until: null,
	expression: 'Expressed',
	receipt: null,
})

/** Grants access to all customers of an organisation for a purpose, to `grantee`; the grant's number. */
export async function newGrant({ id, officer }, grantee, purpose) {
	const terms = { purpose, categories: CATEGORIES.contact, from: 0, until: Date.now() + HOUR, uses: 5 }
	const grant = api.tx.accessGrants.grant({ Controller: { organisation: id } }, grantee, terms)
	return only(await succeed(grant, officer), api.events.accessGrants.Granted).grant.toNumber()
}
