// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "app/commands/commands.h"
#include "store/evidence/note.h"
#include "store/evidence/signing_key.h"

namespace countersign {
namespace {

int print_vkey(const SigningKey& key, const std::string& origin) {
  const Result<VerifierKey> verifier = make_verifier_key(origin, KeyType::Ed25519, key.public_key());
  if (!verifier) return report_error(verifier.error());
  std::cout << format_vkey(*verifier) << '\n';
  return kExitOk;
}

int run_generate(const Arguments& arguments) {
  CommandLine line(
      "key generate FILE --origin NAME",
      "Makes the Ed25519 key of an evidence log (PKCS#8 PEM, mode 0600) and prints its verifier key, which "
      "auditors and witnesses need. An existing file is never overwritten.");
  line.positional("FILE", 1, 1)
      .value("origin", "NAME", "name of the log, for example countersign.example.com/log1");
  if (const auto code = line.parse(arguments)) return *code;
  if (!is_key_name(line.get("origin"))) {
    return report_error({ErrorKind::InvalidArgument, "--origin NAME: a name without spaces and + is needed"});
  }
  const Result<SigningKey> key = SigningKey::create(line.get("FILE"));
  if (!key) return report_error(key.error());
  return print_vkey(*key, line.get("origin"));
}

int run_show(const Arguments& arguments) {
  CommandLine line("key show FILE --origin NAME", "Prints the verifier key of a signing key.");
  line.positional("FILE", 1, 1).value("origin", "NAME", "name of the log");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<SigningKey> key = SigningKey::load(line.get("FILE"));
  if (!key) return report_error(key.error());
  return print_vkey(*key, line.get("origin"));
}

}  // namespace

int run_key(const Arguments& arguments) {
  return run_subcommand("key",
                        {{"generate", "make a signing key and print its verifier key", run_generate},
                         {"show", "print the verifier key of a signing key", run_show}},
                        arguments);
}

}  // namespace countersign
