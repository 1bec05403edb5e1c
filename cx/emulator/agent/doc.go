// Package agent reads agents of Dialogflow CX as the console and the API
// export them: the JSON package, as a folder, a zip or a tar archive.
//
//	a, err := agent.OpenFile("agent.zip")
//
// The export is not the API's own JSON: references are display names, maps
// are lists of key and value, durations are objects, file names are
// percent-encoded. Load reads all of it as it is found in the wild, keeps what
// it does not know out of the way, and reports what is wrong in the agent
// (names that lead nowhere, pages that nothing leads to, malformed files)
// without refusing it. Only what is no export at all is an error.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/reference/json-export
// and the exports of real agents.
package agent
