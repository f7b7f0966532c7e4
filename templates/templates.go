// Package templates embeds the words and looks of Masthead: the mails and the
// pages. It holds no rules and no code beyond the embedding; render and web
// parse what they need.
package templates

import "embed"

// Mail holds the templates of the digest and of single mails.
//
//go:embed mail
var Mail embed.FS

// Page holds the templates and the style sheet of the web pages.
//
//go:embed page
var Page embed.FS

// Desk holds the templates, the style sheet and the script of the editor's desk.
//
//go:embed desk
var Desk embed.FS

// Words holds what Masthead says of its own, a file for each language.
//
//go:embed words
var Words embed.FS
