// An organisation's admin: who its members are, and what each may do.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { u8aConcat, u8aToHex } from '@polkadot/util'

import { api, fail, freeCredits, newAccount, newOrganisation, only, ROLES, succeed } from './chain.js'

const { addMember, removeMember, setRoles } = api.tx.organisations

describe('organisation admin', () => {
	let organisation, admin, steward
	const auditor = newAccount()

	before(async () => {
		organisation = await newOrganisation()
		;({ admin, steward } = organisation)
	})

	test('adds a member, and the organisation pays', async () => {
		const payer = (await api.call.crmApi.organisation(organisation.id)).unwrap().account.toString()
		const before = await freeCredits({ address: payer })
		const added = await succeed(addMember(auditor.address, ROLES.auditor), admin)

		const { account, organisation: id } = only(added, api.events.organisations.MemberAdded)
		assert.equal(id.toNumber(), organisation.id)
		assert.equal(account.toString(), auditor.address)
		const fee = only(added, api.events.transactionPayment.TransactionFeePaid).actualFee.toBigInt()
		assert.equal(await freeCredits({ address: payer }), before - fee)
		assert.equal(await freeCredits(admin), 0n)
	})

	test('sets roles, as the sum of their flags', async () => {
		const roles = ROLES.auditor + ROLES.agent
		await succeed(setRoles(auditor.address, roles), admin)

		const member = (await api.call.crmApi.member(auditor.address)).unwrap()
		assert.equal(Number(member.roles), roles)
		assert.ok(member.active.isTrue)
		// As Chain state shows it.
		const stored = (await api.query.organisations.members(auditor.address)).toHuman()
		assert.deepEqual(stored, { organisation: `${organisation.id}`, roles: `${roles}` })
		await fail(setRoles(auditor.address, 0), admin, 'organisations.InvalidRoles')
	})

	test('cannot leave the organisation without an admin', async () => {
		await fail(removeMember(admin.address), admin, 'organisations.LastAdmin')

		await succeed(setRoles(steward.address, ROLES.admin + ROLES.steward), admin)
		const removed = only(await succeed(removeMember(admin.address), admin), api.events.organisations.MemberRemoved)
		assert.equal(removed.account.toString(), admin.address)
		assert.ok((await api.call.crmApi.member(admin.address)).isNone)
		admin = steward
	})

	test('is the only one who manages members', async () => {
		await fail(addMember(newAccount().address, ROLES.agent), auditor, 'organisations.NotAuthorised')
		const other = await newOrganisation()
		await fail(removeMember(other.agent.address), admin, 'organisations.NotAuthorised')
	})

	test('lists the nodes that may connect', async () => {
		// The multihash of an ed25519 key, as a node's log names it.
		const peer = u8aToHex(u8aConcat('0x002408011220', newAccount().publicKey))
		const added = only(await succeed(api.tx.peers.addPeer(peer), admin), api.events.peers.PeerAdded)
		assert.equal(added.organisation.toNumber(), organisation.id)
		assert.deepEqual((await api.query.peers.peers(organisation.id)).toJSON(), [peer])
		await succeed(api.tx.peers.removePeer(peer), admin)
		assert.ok((await api.query.peers.peers(organisation.id)).isNone)
	})

	test('sees how many members there are', async () => {
		const info = (await api.call.crmApi.organisation(organisation.id)).unwrap()
		// Steward, officer and agent, of whom the steward is admin too, and the auditor.
		assert.equal(info.members.toNumber(), 4)
		assert.equal(info.admins.toNumber(), 1)
	})
})
