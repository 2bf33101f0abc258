// Package lesson is what the Go peers share: command line, start and stop, exit
// codes. It makes no calls.
package lesson

import (
	"fmt"
	"math"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Arguments are a peer's options and positional arguments. Options may stand
// anywhere, as --name VALUE or --name=VALUE.
type Arguments struct {
	Positional []string
	usage      string
	options    map[string]*option
}

type option struct {
	text         string // as it was typed, or the default
	given        bool
	isFlag       bool
	isRepeatable bool
	set          func(text string) error
}

// NewArguments begins a command line; usage is what --help prints.
func NewArguments(usage string) *Arguments {
	return &Arguments{usage: strings.TrimSpace(usage), options: map[string]*option{}}
}

func (a *Arguments) add(name, text string, set func(string) error) {
	a.options[name] = &option{text: text, set: set}
	if text != "" {
		if err := set(text); err != nil {
			panic(err)
		}
	}
}

// Text adds an option that takes UTF-8 text.
func (a *Arguments) Text(name, text string) *string {
	value := new(string)
	a.add(name, text, func(text string) error {
		*value = text
		return checkText(text)
	})
	return value
}

// Texts adds an option that may be repeated.
func (a *Arguments) Texts(name string) *[]string {
	values := new([]string)
	a.add(name, "", func(text string) error {
		*values = append(*values, text)
		return checkText(text)
	})
	a.options[name].isRepeatable = true
	return values
}

// Flag adds an option without a value.
func (a *Arguments) Flag(name string) *bool {
	value := new(bool)
	a.options[name] = &option{isFlag: true, set: func(string) error {
		*value = true
		return nil
	}}
	return value
}

// Duration adds an option such as 500ms, 2s or 1m.
func (a *Arguments) Duration(name, text string) *time.Duration {
	value := new(time.Duration)
	a.add(name, text, func(text string) (err error) {
		*value, err = parseDuration(text)
		return err
	})
	return value
}

// Timeout adds a Duration that is not zero; without a default it is zero, which
// means none.
func (a *Arguments) Timeout(text string) *time.Duration {
	value := new(time.Duration)
	a.add("timeout", text, func(text string) (err error) {
		*value, err = parseDuration(text)
		if err == nil && *value == 0 {
			err = fmt.Errorf("a duration longer than zero")
		}
		return err
	})
	return value
}

// Size adds an option such as 65536, 64KiB (or 64k) or 1.5MB.
func (a *Arguments) Size(name, text string) *uint64 {
	value := new(uint64)
	a.add(name, text, func(text string) (err error) {
		*value, err = parseSize(text)
		return err
	})
	return value
}

// Count adds an option that takes a whole number from 1; 0 when it is not given.
func (a *Arguments) Count(name, text string) *int {
	value := new(int)
	a.add(name, text, func(text string) (err error) {
		*value, err = strconv.Atoi(text)
		if err != nil || *value < 1 || *value > 999_999_999 {
			return fmt.Errorf("a whole number from 1")
		}
		return nil
	})
	return value
}

// Port adds an option that takes a port.
func (a *Arguments) Port(name, text string) *int {
	value := new(int)
	a.add(name, text, func(text string) (err error) {
		*value, err = strconv.Atoi(text)
		if err != nil || *value < 0 || *value > 65535 {
			return fmt.Errorf("a port from 0 to 65535")
		}
		return nil
	})
	return value
}

// Target adds an option that takes HOST:PORT, or a name with a scheme such as unix:/tmp/socket, which is grpc-go's to
// understand.
func (a *Arguments) Target(name, text string) *string {
	value := new(string)
	a.add(name, text, func(text string) error {
		*value = text
		for _, scheme := range []string{"dns:", "ipv4:", "ipv6:", "unix:", "passthrough:"} {
			if strings.HasPrefix(text, scheme) {
				return nil
			}
		}
		host, digits, err := net.SplitHostPort(text)
		port, portErr := strconv.Atoi(digits)
		if err != nil || portErr != nil || host == "" || port < 1 || port > 65535 {
			return fmt.Errorf("HOST:PORT")
		}
		return nil
	})
	return value
}

// Given says whether an option was on the command line.
func (a *Arguments) Given(name string) bool { return a.options[name].given }

// TextOf is an option as it was typed, or its default.
func (a *Arguments) TextOf(name string) string { return a.options[name].text }

// Parse reads the command line; wrong usage ends the process with status 2.
func (a *Arguments) Parse(arguments []string, positional int) {
	for len(arguments) > 0 {
		argument := arguments[0]
		arguments = arguments[1:]
		switch {
		case argument == "--":
			a.Positional = append(a.Positional, arguments...)
			arguments = nil
		case argument == "--help" || argument == "-h":
			fmt.Println(a.usage)
			os.Exit(0)
		case argument == "-" || !strings.HasPrefix(argument, "-"):
			a.Positional = append(a.Positional, argument)
		default:
			arguments = a.parseOption(argument, arguments)
		}
	}
	for _, argument := range a.Positional {
		if err := checkText(argument); err != nil {
			Usage("argument needs %v, not '%s'", err, strings.ToValidUTF8(argument, "?"))
		}
	}
	if len(a.Positional) > positional {
		Usage("unexpected argument '%s' (--help explains)", a.Positional[positional])
	}
}

func (a *Arguments) parseOption(argument string, rest []string) []string {
	name, value, equals := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
	known, ok := a.options[name]
	if !ok || !strings.HasPrefix(argument, "--") {
		Usage("unknown option %s (--help lists them)", argument)
	}
	if known.given && !known.isRepeatable {
		Usage("--%s is given twice", name)
	}
	known.given = true
	if known.isFlag {
		if equals {
			Usage("--%s takes no value", name)
		}
		_ = known.set("")
		return rest
	}
	if !equals {
		if len(rest) == 0 {
			Usage("--%s needs a value", name)
		}
		value, rest = rest[0], rest[1:]
	}
	known.text = value
	if err := known.set(value); err != nil {
		Usage("--%s needs %v, not '%s'", name, err, strings.ToValidUTF8(value, "?"))
	}
	return rest
}

// Usage ends the process because of wrong arguments: one line, status 2.
func Usage(format string, values ...interface{}) {
	Note(format, values...)
	os.Exit(2)
}

func checkText(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("UTF-8 text")
	}
	return nil
}

var durationForm = regexp.MustCompile(`^(0|[0-9]{1,9}(\.[0-9]{1,9})?(us|ms|s|m|h))$`)

func parseDuration(text string) (time.Duration, error) {
	value, err := time.ParseDuration(text)
	if err != nil || !durationForm.MatchString(text) {
		return 0, fmt.Errorf("a duration such as 500ms, 2s or 1m")
	}
	return value, nil
}

var sizeForm = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,9})?)(b|[kmg](?:i?b)?)?$`)

func parseSize(text string) (uint64, error) {
	parts := sizeForm.FindStringSubmatch(strings.ToLower(text))
	if parts == nil {
		return 0, fmt.Errorf("a size such as 65536, 64KiB or 100MB")
	}
	value, _ := strconv.ParseFloat(parts[1], 64)
	unit := parts[2]
	if unit == "" || unit == "b" {
		return uint64(value), nil
	}
	factor := 1024.0
	if strings.HasSuffix(unit, "b") && !strings.Contains(unit, "i") {
		factor = 1000
	}
	for i := 0; i <= strings.Index("kmg", unit[:1]); i++ {
		value *= factor
	}
	return uint64(math.Min(value, 1e18)), nil
}
