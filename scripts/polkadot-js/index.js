// All tests on one connection, one after the other.
import './metadata.test.js'
import './council.test.js'
import './admin.test.js'
import './steward.test.js'
import './officer.test.js'
import './agent.test.js'
import './customer.test.js'
