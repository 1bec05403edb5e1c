// Command salesforce tries a flexible webhook that looks up a contact in
// Salesforce, without Salesforce and without an agent: a stand-in on the
// loopback gives out OAuth tokens and answers the query, and the caller does
// what Dialogflow does with the resource in contact.json.
//
//	go run ./examples/salesforce +15550123
//
// prints the parameters that the agent would have afterwards. To use the
// resource, put your own domain, client id and secret into contact.json.
package main
