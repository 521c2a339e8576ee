// Hone answers engineers' questions from their own documents, with citations,
// and improves its own prompt on evidence. See hone --help.
package main

func main() {}
