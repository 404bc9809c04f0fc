// The council: motions of several seats, and all that is decided by them.
//
// The development chain has one seat, whose motions act at once; the council grows by such a motion first and gives
// the seats back at the end.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { u8aToHex } from '@polkadot/util'
import { blake2AsHex, randomAsHex } from '@polkadot/util-crypto'

import {
	alice, api, CREDIT, fail, failureOf, free, move, newAccount, newClaimedCustomer, newName, newOrganisation,
	newPurpose, only, permission, provider, refused, succeed, wellKnown,
} from './chain.js'

describe('council', () => {
	const seats = ['Alice', 'Bob', 'Charlie', 'Dave'].map(wellKnown)
	const addresses = (accounts) => accounts.map(({ address }) => address)
	let acme, customer, account, purpose

	before(async () => {
		acme = await newOrganisation()
		purpose = await newPurpose(acme, 'Consent')
		;({ customer, account } = await newClaimedCustomer(acme))
		await free(api.tx.consent.give(customer, purpose, permission()), account)
	})

	/** Proposes a motion that so many seats have to approve; three of four are three quarters. */
	async function propose(call, threshold = 3) {
		const proposed = await succeed(api.tx.council.propose(threshold, call, call.method.encodedLength), alice)
		const { proposalHash: hash, proposalIndex: index } = only(proposed, api.events.council.Proposed)
		return { call, hash, index }
	}

	const vote = ({ hash, index }, voters, approve) =>
		Promise.all(voters.map((seat) => succeed(api.tx.council.vote(hash, index, approve), seat)))

	async function close({ call, hash, index }) {
		const { weight } = await call.paymentInfo(alice)
		return succeed(api.tx.council.close(hash, index, weight, call.method.encodedLength), alice)
	}

	/** Has three of the four seats approve a call; what closing the motion led to. */
	async function decide(call) {
		const motion = await propose(call)
		await vote(motion, seats.slice(0, 3), true)
		return close(motion)
	}

	/** Has the seats make a call that has to succeed. */
	async function pass(call) {
		const result = await decide(call)
		assert.equal(failureOf(result), undefined)
		return result
	}

	test('grows by a motion', async () => {
		await move(api.tx.council.setMembers(addresses(seats), null, 1))
		assert.deepEqual((await api.derive.council.members()).map(String).sort(), addresses(seats).sort())
	})

	test('admits an organisation: propose, vote, close', async () => {
		const [name, admin] = [newName('umbrella'), newAccount()]
		const motion = await propose(api.tx.organisations.register(name, admin.address))

		// What the page Council shows of motions.
		await vote(motion, seats.slice(0, 2), true)
		const [shown] = await api.derive.council.proposals()
		assert.equal(shown.hash.toHex(), motion.hash.toHex())
		assert.equal(shown.proposal.section, 'organisations')
		assert.equal(shown.proposal.args[0].toUtf8(), name)
		assert.equal(shown.votes.threshold.toNumber(), 3)
		assert.deepEqual(shown.votes.ayes.map(String).sort(), addresses(seats.slice(0, 2)).sort())

		await fail(api.tx.council.close(motion.hash, motion.index, 0, 1_000), alice, 'council.TooEarly')
		await vote(motion, [seats[2]], true)
		const closed = await close(motion)
		assert.equal(failureOf(closed), undefined)
		const registered = only(closed, api.events.organisations.Registered)
		assert.equal(registered.name.toUtf8(), name)
		assert.equal(registered.admin.toString(), admin.address)
		const info = (await api.call.crmApi.organisation(registered.organisation)).unwrap()
		assert.equal(info.name.toString(), name)
		assert.ok(info.active.isTrue)
	})

	test('rejects a motion as soon as it cannot be approved any more', async () => {
		const name = newName('initech')
		const motion = await propose(api.tx.organisations.register(name, newAccount().address))
		await vote(motion, seats.slice(2), false)
		const closed = await close(motion)
		only(closed, api.events.council.Disapproved)
		assert.ok((await api.query.organisations.names(name)).isNone)
	})

	test('decides nothing by the half of the seats that apps propose', async () => {
		const motion = await propose(api.tx.organisations.suspend(acme.id), 2)
		await vote(motion, seats.slice(0, 2), true)
		const closed = await close(motion)
		only(closed, api.events.council.Approved)
		assert.equal(failureOf(closed), 'BadOrigin')
		assert.ok((await api.call.crmApi.organisation(acme.id)).unwrap().active.isTrue)
	})

	test('cannot be joined by a stranger', async () => {
		const call = api.tx.organisations.suspend(acme.id)
		await fail(api.tx.council.propose(1, call, call.method.encodedLength), wellKnown('Eve'), 'council.NotMember')
		await fail(call, wellKnown('Eve'), 'BadOrigin')
	})

	test('issues credits', async () => {
		const amount = 1_000n * CREDIT
		const issued = only(await pass(api.tx.consortium.issueCredits(acme.id, amount)), api.events.consortium.CreditsIssued)
		assert.equal(issued.organisation.toNumber(), acme.id)
		assert.equal(issued.amount.toBigInt(), amount)
	})

	test('suspends an organisation, whose members then may do nothing, and reinstates it', async () => {
		await pass(api.tx.organisations.suspend(acme.id))
		const register = api.tx.customers.register([{ nonce: randomAsHex(32), records: [] }])
		await fail(register, acme.steward, 'organisations.Suspended')
		await pass(api.tx.organisations.reinstate(acme.id))
		await succeed(register, acme.steward)
	})

	test('adds a validator that has set session keys, and takes it off again', async () => {
		const validator = newAccount()
		await succeed(api.tx.balances.transferKeepAlive(validator.address, CREDIT), alice)
		const add = api.tx.consortium.addValidator(validator.address)
		assert.equal(failureOf(await decide(add)), 'consortium.NoSessionKeys')

		// On the validator's own node: polkadot.js does not know the method.
		const { keys, proof } = await provider.send('author_rotateKeysWithOwner', [u8aToHex(validator.addressRaw)])
		await succeed(api.tx.session.setKeys(keys, proof), validator)
		assert.equal((await api.query.session.nextKeys(validator.address)).unwrap().toHex(), keys)
		const added = only(await pass(add), api.events.consortium.ValidatorAdded)
		assert.equal(added.validator.toString(), validator.address)
		assert.ok((await api.query.validators.members()).map(String).includes(validator.address))

		await pass(api.tx.consortium.removeValidator(validator.address))
		assert.deepEqual((await api.query.validators.members()).map(String), [alice.address])
		const last = api.tx.consortium.removeValidator(alice.address)
		assert.equal(failureOf(await decide(last)), 'consortium.TooFewValidators')
	})

	test('stops everything in the safe mode but what customers do for themselves', async () => {
		const seal = api.tx.customers.seal(customer, 'Contact', { Blake2b256V1: randomAsHex(32) })
		await pass(api.tx.safeMode.forceEnter())
		const until = (await api.query.safeMode.enteredUntil()).unwrap().toNumber()
		assert.ok(until > (await api.rpc.chain.getHeader()).number.toNumber())
		await fail(seal, acme.steward, 'system.CallFiltered')

		const withdrawn = await free(api.tx.consent.withdraw(customer, purpose), account)
		assert.equal(only(withdrawn, api.events.consent.Withdrawn).customer.toHex(), customer)

		await pass(api.tx.safeMode.forceExit())
		assert.ok((await api.query.safeMode.enteredUntil()).isNone)
		await succeed(seal, acme.steward)
	})

	test('pauses a single call, but none that stays open', async () => {
		const name = ['Customers', 'register']
		const register = api.tx.customers.register([{ nonce: randomAsHex(32), records: [] }])
		await pass(api.tx.txPause.pause(name))
		assert.ok((await api.query.txPause.pausedCalls(name)).isSome)
		await fail(register, acme.steward, 'system.CallFiltered')
		assert.equal(failureOf(await decide(api.tx.txPause.pause(['Consent', 'withdraw']))), 'txPause.Unpausable')

		await pass(api.tx.txPause.unpause(name))
		assert.equal((await api.query.txPause.pausedCalls.keys()).length, 0)
		await succeed(register, acme.steward)
	})

	test('authorises an upgrade by hash, and whoever has the code applies it', async () => {
		// No runtime, so that the chain goes on as it is: what is voted on is a hash and nothing else.
		const [code, other] = ['0x00', '0x01']
		const authorise = api.tx.consortium.authoriseUpgrade(blake2AsHex(code))
		const authorised = only(await pass(authorise), api.events.system.UpgradeAuthorized)
		assert.equal(authorised.codeHash.toHex(), blake2AsHex(code))
		assert.ok(authorised.checkVersion.isTrue)
		assert.equal((await api.query.system.authorizedUpgrade()).unwrap().codeHash.toHex(), blake2AsHex(code))

		await refused(api.tx.system.applyAuthorizedUpgrade(other), undefined, 'call is not expected')
		const applied = await succeed(api.tx.system.applyAuthorizedUpgrade(code))
		const rejected = only(applied, api.events.system.RejectedInvalidAuthorizedUpgrade)
		assert.equal(rejected.codeHash.toHex(), blake2AsHex(code))
		assert.ok((await api.query.system.authorizedUpgrade()).isNone)
	})

	test('gives the seats back', async () => {
		await pass(api.tx.council.setMembers([alice.address], null, seats.length))
		assert.deepEqual((await api.derive.council.members()).map(String), [alice.address])
		assert.equal((await api.derive.council.proposals()).length, 0)
	})
})
