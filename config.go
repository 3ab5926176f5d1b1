package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"teahouse/httpapi"
	"teahouse/hub"
)

// defaultPort is where the server listens unless it is told otherwise.
const defaultPort = 8686

// config holds the settings of one start. Everything that reaches outside the
// process (console, browser) is a field, so that tests replace it.
type config struct {
	listen    string
	listenSet bool   // -listen was given: no other port is tried
	data      string // "" lets chooseFolder decide
	noBrowser bool
	hosts     []string // names this server answers to besides its own
	static    string   // folder to serve the page from instead of the embedded one
	limits    hub.Limits

	args        []string // what follows the settings: a subcommand
	console     io.Writer
	log         *slog.Logger
	openBrowser func(url string) error // nil: this start has no browser to open
}

const usage = `Teahouse %s · chat for the people of one network · 茶馆，局域网里的聊天

  teahouse [settings]                     serve until Ctrl+C 启动服务
  teahouse admin reset [settings] [NAME]  code for a forgotten password
                                          忘记密码时生成一次性代码
Settings 设置 (also as TEAHOUSE_LISTEN, TEAHOUSE_NO_BROWSER, … 环境变量)
  -listen ADDRESS     where to listen 监听地址 (default :8686, all interfaces)
  -data FOLDER        where everything is kept 数据文件夹 (default data)
  -no-browser         do not open the page 不打开浏览器
  -host NAME          a further host name to answer to 额外的主机名 (repeatable)
  -limit NAME=VALUE   change a limit 修改限制 (repeatable; docs/operations.md)
  -log-format FORMAT  auto, text or json 日志格式 (default auto)
  -static FOLDER      serve the page from this folder, read at each request
  -version            print the version 版本
  -help               this text 帮助

Exit codes 退出码: 0 done, 1 failed, 2 wrong setting, 3 already running,
4 data folder refused, 70 a write to the disk failed.
`

// parseConfig reads the settings from args and, for those not in args, from the
// environment. It returns flag.ErrHelp after it has printed the help or the
// version, which were asked for, to out.
func parseConfig(args []string, getenv func(string) string, out io.Writer) (config, error) {
	cfg := config{limits: hub.DefaultLimits(), console: out}
	logFormat, showVersion := "auto", false
	flags := flag.NewFlagSet("teahouse", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {} // the flag package would print it at a wrong setting, too
	flags.StringVar(&cfg.listen, "listen", ":"+strconv.Itoa(defaultPort), "")
	flags.StringVar(&cfg.data, "data", "", "")
	flags.BoolVar(&cfg.noBrowser, "no-browser", false, "")
	flags.StringVar(&cfg.static, "static", "", "")
	flags.StringVar(&logFormat, "log-format", logFormat, "")
	flags.BoolVar(&showVersion, "version", false, "")
	flags.Func("limit", "", each(cfg.limits.Set))
	flags.Func("host", "", each(func(name string) error {
		cfg.hosts = append(cfg.hosts, strings.ToLower(name))
		return nil
	}))
	if err := parseAnywhere(flags, args, &cfg.args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(out, usage, programVersion())
		}
		return cfg, usageError(err)
	}
	if showVersion {
		fmt.Fprintln(out, "teahouse", programVersion())
		return cfg, flag.ErrHelp
	}
	if err := fromEnvironment(flags, getenv); err != nil {
		return cfg, usageError(err)
	}
	flags.Visit(func(f *flag.Flag) { cfg.listenSet = cfg.listenSet || f.Name == "listen" })
	if cfg.static != "" {
		if _, err := fs.Stat(os.DirFS(cfg.static), "index.html"); err != nil {
			return cfg, usageError(fmt.Errorf("-static: %w", err))
		}
	}
	var err error
	if cfg.log, err = newLogger(logFormat, os.Stderr); err != nil {
		return cfg, usageError(err)
	}
	return cfg, nil
}

// parseAnywhere parses flags that may stand before, between and after the words
// of a subcommand; the words go to rest.
func parseAnywhere(flags *flag.FlagSet, args []string, rest *[]string) error {
	for {
		if err := flags.Parse(args); err != nil {
			return err
		}
		if flags.NArg() == 0 {
			return nil
		}
		*rest = append(*rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// fromEnvironment sets each flag that is not set yet from its variable:
// TEAHOUSE_NO_BROWSER is -no-browser.
func fromEnvironment(flags *flag.FlagSet, getenv func(string) string) (err error) {
	given := map[string]bool{"version": true}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	flags.VisitAll(func(f *flag.Flag) {
		variable := "TEAHOUSE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := getenv(variable)
		if given[f.Name] || value == "" || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("%s=%s: %w", variable, value, setErr)
		}
	})
	return err
}

// each makes a repeatable setting of set; several values may also stand in one
// string, apart by commas or spaces, as they must in the environment.
func each(set func(string) error) func(string) error {
	return func(values string) error {
		for _, value := range strings.FieldsFunc(values, func(r rune) bool { return r == ',' || r == ' ' }) {
			if err := set(value); err != nil {
				return err
			}
		}
		return nil
	}
}

func usageError(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return &failure{exitUsage, "A setting is wrong; teahouse -help lists them all.", "设置有误；teahouse -help 列出全部设置。", err}
}

// newLogger logs JSON, unless w is a terminal or the format is given. A person at
// a terminal is told of the server's life on the console, and sees warnings.
func newLogger(format string, w *os.File) (*slog.Logger, error) {
	switch {
	case format == "auto" && isTerminal(w):
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn})), nil
	case format == "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case format == "json" || format == "auto":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, fmt.Errorf("-log-format %q: want auto, text or json", format)
}

// isTerminal reports whether f is a console a person may be looking at.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// page returns the embedded page, or the folder of -static.
func (cfg config) page() fs.FS {
	if cfg.static != "" {
		return httpapi.LiveFS{FS: os.DirFS(cfg.static)}
	}
	return staticFS()
}

// hostNames lists the names this server answers to, the machine's own first.
func hostNames(more []string) []string {
	var names []string
	if name, err := os.Hostname(); err == nil {
		name = strings.ToLower(name)
		names = append(names, name, name+".local")
	}
	return append(names, more...)
}
