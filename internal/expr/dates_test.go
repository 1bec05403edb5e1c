package expr_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/expr"
)

// dateEnv stands at half past eleven at night on Sunday, 22 November 2026, in
// UTC; in Zurich it is Monday.
func dateEnv(zone *time.Location) *expr.Env {
	env := fixedEnv()
	env.Location = zone
	env.Scope = expr.Params{expr.Flow: {
		"date":     object{"year": 2024.0, "month": 2.0, "day": 29.0},
		"time":     object{"hours": 21.0, "minutes": 5.0, "seconds": 7.0, "nanos": 120000000.0},
		"both":     object{"year": 2024.0, "month": 12.0, "day": 30.0, "hours": 0.0, "minutes": 30.0, "seconds": 0.0, "nanos": 0.0},
		"month":    object{"year": 2027.0, "month": 3.0},
		"texts":    object{"year": "2027", "month": "03", "day": "09"},
		"today":    object{"year": 2026.0, "month": 11.0, "day": 22.0},
		"tomorrow": object{"year": 2026.0, "month": 11.0, "day": 23.0},
	}}
	return env
}

func evalDate(t *testing.T, env *expr.Env, call string) (any, error) {
	t.Helper()
	p, ok := parseTemplate(t, "$sys.func."+call).Single()
	if !ok {
		t.Fatalf("%s is no call", call)
	}
	return p.Eval(env)
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	zurich := time.FixedZone("CET", 3600)
	for _, tc := range []struct{ args, want string }{
		{"$flow.date, yyyy-MM-dd", "2024-02-29"}, {`$flow.date, "uuuu/M/d"`, "2024/2/29"}, {`$flow.date, "yy D"`, "24 60"},
		{`$flow.date, "EEEE, d MMMM yyyy"`, "Thursday, 29 February 2024"}, {`$flow.date, "EEE MMM E"`, "Thu Feb Thu"}, {`$flow.date, "EEEEE MMMMM"`, "T F"},
		{`$flow.date, "EEEE d 'de' MMMM", "es"`, "jueves 29 de febrero"}, {`$flow.date, "EEE d MMM", "fr"`, "jeu. 29 févr."},
		{`$flow.date, "EEEE, d. MMMM", "de"`, "Donnerstag, 29. Februar"}, {`$flow.date, "MMM LLL", "de-CH"`, "Feb. Feb"},
		{`$flow.date, "EEEE d MMMM", "it"`, "giovedì 29 febbraio"}, {`$flow.date, "EEEE, d MMM", "pt-BR"`, "quinta-feira, 29 fev."},
		{`$flow.date, "yyyy-MM-dd", "ko"`, "2024-02-29"},
		{`$flow.time, "HH:mm:ss.SSS"`, "21:05:07.120"}, {`$flow.time, "h:mm a"`, "9:05 PM"}, {`$flow.time, "hh 'o''clock' a", "es"`, "09 o'clock p.\u00a0m."},
		{`$flow.time, "k K H A n"`, "21 9 21 75907120 120000000"}, {`$flow.both, "kk KK hh HH a"`, "24 00 12 00 AM"}, {`$flow.time, "SSSSSSSSSS"`, "1200000000"},
		{`$flow.both, "YYYY-'W'ww e"`, "2025-W01 2"}, {`$flow.both, "YYYY-'W'ww e", "de"`, "2025-W01 1"}, {`$flow.date, "w W F", "fr"`, "9 5 1"},
		{`$flow.date, "Q QQ QQQ"`, "1 01 Q1"}, {`$flow.date, "G GGGG"`, "AD Anno Domini"}, {`$flow.date, "[yyyy]''"`, "2024'"},
		{`$flow.both, "XX` + `X xx Z z VV OOOO X"`, "+01:00 +0100 +0100 CET CET GMT+01:00 +01"},
		{"$flow.month, MMyyyy", "032027"}, {"$flow.texts, d.M.yy", "9.3.27"}, {`"2024-02-29", "dd"`, "29"}, {`"2024-02-29T10:20:30Z", "HHmm"`, "1020"},
		{`"10:20", "mm"`, "20"}, {`"2024-02-29T10:20", "mm"`, "20"}, {"$flow.date, HH:mm", "00:00"},
		{`$sys.func.NOW(), "yyyy-MM-dd HH:mm"`, "2026-11-23 00:30"},
	} {
		got, err := evalDate(t, dateEnv(zurich), "FORMAT_DATE("+tc.args+")")
		if err != nil || got != tc.want {
			t.Errorf("FORMAT_DATE(%s): have %q, %v, want %q", tc.args, got, err, tc.want)
		}
	}
}

func TestAddDate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ args, want string }{
		{`$flow.date, 1, "YEARS"`, "2025-02-28"}, {`$flow.date, 1, months`, "2024-03-29"}, {`"2024-01-31", 1, MONTHS`, "2024-02-29"},
		{`"2024-01-31", -2, MONTH`, "2023-11-30"}, {`$flow.date, 1, DAYS`, "2024-03-01"}, {`$flow.date, -1, WEEKS`, "2024-02-22"},
		{`$flow.date, 25, HOURS`, "2024-03-01T01:00:00"}, {`$flow.both, -31, MINUTES`, "2024-12-29T23:59:00"}, {`$flow.both, 90, SECONDS`, "2024-12-30T00:31:30"},
		{`$flow.time, 3, HOURS`, "00:05:07"}, {`$flow.texts, 1, DAYS`, "2027-03-10"},
	} {
		got, err := evalDate(t, dateEnv(nil), "TO_TEXT($sys.func.ADD_DATE("+tc.args+"))")
		if err != nil || got != tc.want {
			t.Errorf("ADD_DATE(%s): have %v, %v, want %q", tc.args, got, err, tc.want)
		}
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	got, err := evalDate(t, dateEnv(nil), "NOW()")
	want := object{"year": 2026.0, "month": 11.0, "day": 22.0, "hours": 23.0, "minutes": 30.0, "seconds": 15.0, "nanos": 500.0}
	if diff := cmp.Diff(any(want), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestPastAndFuture(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 3600)
	for _, tc := range []struct {
		arg          string
		zone         *time.Location
		past, future bool
		reason       string
	}{
		{"$flow.today", nil, false, false, "today is neither"},
		{"$flow.tomorrow", nil, false, true, "tomorrow"},
		{"$flow.tomorrow", east, false, false, "tomorrow is today in the agent's zone"},
		{"$flow.today", east, true, false, "and today yesterday"},
		{"$flow.both", nil, true, false, "a date with a time"},
		{"$flow.time", nil, true, false, "a time of day"},
		{`"23:31"`, nil, false, true, "a text"},
		{"$sys.func.NOW()", nil, false, false, "now itself"},
	} {
		env := dateEnv(tc.zone)
		past, err1 := evalDate(t, env, "IS_PAST_DATE("+tc.arg+")")
		future, err2 := evalDate(t, env, "IS_FUTURE_DATE("+tc.arg+")")
		if past != tc.past || future != tc.future || err1 != nil || err2 != nil {
			t.Errorf("%s (%s): have past %v (%v), future %v (%v)", tc.arg, tc.reason, past, err1, future, err2)
		}
	}
}

func TestIsDate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args string
		want bool
	}{
		{`"2021-04-29", "uuuu-MM-dd"`, true}, {`"2021-4-29", "uuuu-MM-dd"`, false}, {`"2021-04-29 ", "uuuu-MM-dd"`, false}, {`"2021-02-29", "uuuu-MM-dd"`, false},
		{`"2020-02-29", "yyyy-MM-dd"`, true}, {`"2021-13-01", "uuuu-MM-dd"`, false}, {`"2021-00-01", "uuuu-MM-dd"`, false}, {`"", "uuuu"`, false},
		{`"21 Apr 29", "uu MMM dd", "en"`, true}, {`"21 apr 29", "uu MMM dd", "en"`, false}, {`"29 avril 2021", "d MMMM uuuu", "fr"`, true},
		{`"29. Juni 2021", "d. MMM uuuu", "de"`, true}, {`"Thursday 2021-04-29", "EEEE uuuu-MM-dd"`, true}, {`"Friday 2021-04-29", "EEEE uuuu-MM-dd"`, false},
		{`"20210429", "uuuuMMdd"`, true}, {`"2021429", "uuuuMMdd"`, false}, {`"3000", "HHmm"`, false}, {`"2359", "HHmm"`, true}, {`"12:00 PM", "hh:mm a"`, true},
		{`"13:00 PM", "hh:mm a"`, false}, {`"1:5", "H:m"`, true}, {`"12345", "Hmmss"`, true}, {`"10:20:30.123+01:00", "HH:mm:ss.SSSXX` + `X"`, true}, {`"10:20Z", "HH:mmX"`, true},
		{`"10:20Z", "HH:mmx"`, false}, {`"at 10", "'at' H"`, true}, {`"365 2021", "D uuuu"`, true}, {`"366 2021", "D uuuu"`, false}, {`"2021 2022", "uuuu yyyy"`, false},
		{`"24", "HH"`, false}, {`"0", "h"`, false}, {`"99999999999", "u"`, false}, {`"30.02", "dd.MM"`, false}, {`"29.02", "dd.MM"`, true},
	} {
		got, err := evalDate(t, dateEnv(nil), "IS_DATE("+tc.args+")")
		if err != nil || got != tc.want {
			t.Errorf("IS_DATE(%s): have %v, %v, want %v", tc.args, got, err, tc.want)
		}
	}
}

func TestDatesFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ call, reason string }{
		{`FORMAT_DATE($flow.nothing, "d")`, "argument 1 is null or not set"},
		{`FORMAT_DATE("tomorrow", "d")`, `argument 1: "tomorrow" is not a date`},
		{`FORMAT_DATE($flow.time, "d")`, `date pattern "d": letter 'd' needs a day, the value has none`},
		{`FORMAT_DATE($flow.month, "d")`, `date pattern "d": letter 'd' needs a day, the value has none`},
		{`FORMAT_DATE($flow.date, "d 'x")`, `date pattern "d 'x": the quote at offset 2 is not closed`},
		{`FORMAT_DATE($flow.date, "d{")`, `date pattern "d{": '{' at offset 1 is reserved`},
		{`FORMAT_DATE($flow.date, "T")`, `date pattern "T": 1 of the letter 'T' are not known`},
		{`FORMAT_DATE($flow.date, "MMM", "xx")`, `date pattern "MMM": language "xx": names of months and days are known in de, en, es, fr, it, pt`},
		{`ADD_DATE($flow.date, 1, "FORTNIGHTS")`, `unit "FORTNIGHT": want YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES or SECONDS`},
		{`ADD_DATE($flow.date, 9999, "YEARS")`, "the result is in the year 12023, want 1 to 9999"},
		{`ADD_DATE($flow.date, -1000000, "DAYS")`, "the result is in the year -715, want 1 to 9999"},
		{`ADD_DATE($flow.time, 1, "DAYS")`, "the time has no date to add DAYS to"},
		{`ADD_DATE($flow.date, 1.5, "DAYS")`, "argument 2: have 1.5, want an integer from -1099511627776 to 1099511627776"},
		{`IS_DATE("1", "[d]")`, `date pattern "[d]": optional sections cannot be checked`},
		{`IS_DATE("1", "w")`, `date pattern "w": the letter 'w' cannot be checked`},
	} {
		_, err := evalDate(t, dateEnv(nil), tc.call)
		var failed *expr.FuncError
		if !errors.As(err, &failed) || failed.Reason != tc.reason {
			t.Errorf("%s: have %v, want %q", tc.call, err, tc.reason)
		}
	}
}
