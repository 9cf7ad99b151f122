// Runs goose or golang-migrate on a directory: the libraries behind both tools' commands.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/postgres"
	_ "github.com/golang-migrate/migrate/v4/source/file"
	"github.com/pressly/goose/v3"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(tool, direction, directory, address string) error {
	switch tool {
	case "goose":
		db, err := sql.Open("postgres", address)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := goose.SetDialect("postgres"); err != nil {
			return err
		}
		options := []goose.OptionsFunc{}
		if direction == "up-allow-missing" {
			direction = "up"
			options = append(options, goose.WithAllowMissing())
		}
		return goose.RunWithOptionsContext(context.Background(), direction, db, directory, nil, options...)
	case "golang-migrate":
		m, err := migrate.New("file://"+directory, address)
		if err != nil {
			return err
		}
		defer m.Close()
		if direction == "down" {
			return m.Steps(-1)
		}
		if err := m.Up(); !errors.Is(err, migrate.ErrNoChange) {
			return err
		}
		return nil
	}
	return fmt.Errorf("no tool %s", tool)
}
