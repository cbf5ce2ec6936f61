// SPDX-License-Identifier: MIT

//go:build linux

// Annotation runs a bundle with a runtime that is sealed in the mode that the bundle's annotation
// chooses:
//
//	annotation RUNTIME BUNDLE [OPTION...]     OPTIONs go before the runtime's command
//
// If that mode is not available here, annotation fails and does not run the container in another
// mode.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/exeseal/exeseal/go/exeseal"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: annotation RUNTIME BUNDLE [OPTION...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "annotation:", err)
		os.Exit(1)
	}
}

// modeOf reads the annotation. A program that accepts other users' bundles must first decide
// whether these users may choose the mode.
func modeOf(bundle string) (exeseal.Mode, error) {
	text, err := os.ReadFile(filepath.Join(bundle, "config.json"))
	if err != nil {
		return "", err
	}
	var config struct {
		Annotations map[string]string `json:"annotations"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return "", err
	}
	return exeseal.ModeFromAnnotations(config.Annotations)
}

func run(path, bundle string, options []string) error {
	mode, err := modeOf(bundle)
	if err != nil {
		return err
	}
	var report exeseal.Report
	sealed, err := exeseal.ClonePath(path, exeseal.WithMode(mode), exeseal.WithReport(&report))
	if err != nil {
		return err
	}
	defer sealed.Close()
	fmt.Printf("mode %q: %s, %s\n", mode, report.Strategy, report.Guarantees)

	args := append(options, "run", "--bundle", bundle, fmt.Sprintf("annotation-%d", os.Getpid()))
	cmd := exeseal.Command(context.Background(), sealed, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
