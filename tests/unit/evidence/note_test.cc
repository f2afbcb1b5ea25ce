// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/note.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/hash.h"
#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

struct Keys {
  SigningKey alice = test::key_from_seed_text("alice");
  SigningKey bob = test::key_from_seed_text("bob");
  VerifierKey alice_public =
      make_verifier_key("example.com/alice", KeyType::Ed25519, alice.public_key()).value();
  VerifierKey bob_public = make_verifier_key("example.com/bob", KeyType::Ed25519, bob.public_key()).value();
};

const std::string kText = "Two lines\n\nand an empty one between: ünï\n";

std::string signed_by(const SigningKey& key, std::string_view name, const std::string& text = kText) {
  return format_note({text, {sign_note(text, name, key).value()}}).value();
}

TEST(Note, RoundTripsAndVerifies) {
  const Keys keys;
  const std::string note = signed_by(keys.alice, "example.com/alice");
  const SignedNote parsed = parse_note(note).value();
  EXPECT_EQ(parsed.text, kText);
  EXPECT_EQ(format_note(parsed).value(), note);
  const auto verified = verify_note(parsed, {&keys.alice_public, 1}).value();
  ASSERT_EQ(verified.size(), 1U);
  EXPECT_EQ(verified[0].key, keys.alice_public);
  EXPECT_FALSE(verified[0].cosigned_at.has_value());
}

TEST(Note, SixteenSignaturesAndMoreAreReadUpToTheLimit) {
  const Keys keys;
  SignedNote note{kText, {}};
  for (std::size_t i = 1; i < kNoteSignaturesMax; ++i) {
    note.signatures.push_back(
        {"example.com/unknown" + std::to_string(i), static_cast<std::uint32_t>(i), "bytes"});
  }
  note.signatures.push_back(sign_note(kText, "example.com/alice", keys.alice).value());
  const SignedNote parsed = parse_note(format_note(note).value()).value();
  EXPECT_EQ(parsed.signatures, note.signatures);
  EXPECT_EQ(verify_note(parsed, {&keys.alice_public, 1}).value().size(), 1U);
  note.signatures.push_back({"example.com/one_more", 1, "bytes"});
  EXPECT_EQ(parse_note(format_note(note).value()).error().kind, ErrorKind::LimitExceeded);
  EXPECT_EQ(parse_note(std::string(kNoteBytesMax + 1, 'x')).error().kind, ErrorKind::LimitExceeded);
}

TEST(Note, UnknownKeysAreIgnoredEvenWhenNameOrIdIsKnown) {
  const Keys keys;
  SignedNote note{kText, {sign_note(kText, "example.com/alice", keys.alice).value()}};
  NoteSignature same_name = note.signatures[0];
  same_name.key_id ^= 1;
  NoteSignature same_id = note.signatures[0];
  same_id.key_name = "example.com/carol";
  note.signatures.insert(note.signatures.begin(), {same_name, same_id});
  EXPECT_EQ(verify_note(note, {&keys.alice_public, 1}).value().size(), 1U);
  note.signatures.pop_back();
  EXPECT_EQ(verify_note(note, {&keys.alice_public, 1}).error().kind, ErrorKind::Denied);
  EXPECT_EQ(verify_note(note, {}).error().kind, ErrorKind::Denied);
}

TEST(Note, RepeatedSignaturesCountOnceAndAWrongOneRefusesTheNote) {
  const Keys keys;
  const NoteSignature alice = sign_note(kText, "example.com/alice", keys.alice).value();
  const NoteSignature bob = sign_note(kText, "example.com/bob", keys.bob).value();
  const std::vector<VerifierKey> known{keys.bob_public, keys.alice_public};
  const auto verified = verify_note({kText, {alice, bob, alice}}, known).value();
  ASSERT_EQ(verified.size(), 2U);
  EXPECT_EQ(verified[0].key.name, "example.com/alice") << "in the order of the lines";
  EXPECT_EQ(verified[1].key.name, "example.com/bob");
  NoteSignature wrong = alice;
  wrong.bytes[10] = static_cast<char>(wrong.bytes[10] ^ 1);
  for (const auto& signatures : {std::vector{wrong}, {alice, wrong}, {wrong, alice}, {bob, wrong}}) {
    EXPECT_EQ(verify_note({kText, signatures}, known).error().kind, ErrorKind::Denied);
  }
  NoteSignature shortened = alice;
  shortened.bytes.pop_back();
  EXPECT_EQ(verify_note({kText, {shortened}}, known).error().kind, ErrorKind::Denied);
}

TEST(Note, ASignatureHoldsForItsTextOnly) {
  const Keys keys;
  SignedNote note = parse_note(signed_by(keys.alice, "example.com/alice")).value();
  for (std::size_t at = 0; at < note.text.size(); ++at) {
    SignedNote altered = note;
    altered.text[at] = static_cast<char>(altered.text[at] ^ 1);
    EXPECT_FALSE(verify_note(altered, {&keys.alice_public, 1})) << at;
  }
}

TEST(Note, MalformedOnesAreRefusedWithTheReason) {
  struct Case {
    std::string note;
    std::string_view says;
  };
  const std::string line = "\u2014 example.com/alice aGVsbG8=\n";
  const Case cases[] = {
      {"", "no empty line"},
      {"text\n", "no empty line"},
      {"text\n" + line, "no empty line"},
      {"text\n\n", "no signature"},
      {"text" + line, "no empty line"},
      {"text\n\n" + line.substr(0, line.size() - 1), "does not end in a newline"},
      {"text\n\n" + line + "x", "does not end in a newline"},
      {"text\n\n" + line + "x\n", "em dash"},
      {"text\n\n- example.com/alice aGVsbG8=\n", "em dash"},
      {"text\n\n\u2014example.com/alice aGVsbG8=\n", "em dash"},
      {"text\n\n\u2014 example.com/alice\n", "no signature"},
      {"text\n\n\u2014 example.com/alice \n", "0 bytes"},
      {"text\n\n\u2014  aGVsbG8=\n", "bad key name"},
      {"text\n\n\u2014 a+b aGVsbG8=\n", "bad key name"},
      {"text\n\n\u2014 a\u00A0b aGVsbG8=\n", "bad key name"},
      {"text\n\n\u2014 a\u2003b aGVsbG8=\n", "bad key name"},
      {"text\n\n\u2014 a b aGVsbG8=\n", "not base64"},
      {"text\n\n\u2014 a aGVsbG8\n", "not base64"},
      {"text\n\n\u2014 a aGVsbG9=\n", "not base64"},
      {"text\n\n\u2014 a aGVsbA==\n", "4 bytes"},
      {"text\r\n\n" + line, "control character 0x0d at byte 4"},
      {std::string("te\0xt\n\n", 7) + line, "control character 0x00 at byte 2"},
      {"te\txt\n\n" + line, "control character 0x09"},
      {"te\xFFxt\n\n" + line, "byte 2 is not UTF-8"},
      {"te\xED\xA0\x80xt\n\n" + line, "byte 2 is not UTF-8"},
      {"te\xC0\x80xt\n\n" + line, "byte 2 is not UTF-8"},
  };
  for (const Case& c : cases) {
    const Result<SignedNote> parsed = parse_note(c.note);
    ASSERT_FALSE(parsed) << c.note;
    EXPECT_EQ(parsed.error().kind, ErrorKind::Malformed) << c.note;
    EXPECT_NE(parsed.error().message.find(c.says), std::string::npos) << parsed.error().message;
  }
}

TEST(Note, FormattingRefusesWhatCouldNotBeReadAgain) {
  EXPECT_EQ(format_note({"no newline", {{"a", 1, "x"}}}).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(format_note({"text\n", {}}).error().kind, ErrorKind::InvalidArgument);
  const Keys keys;
  EXPECT_EQ(sign_note("text\n", "two words", keys.alice).error().kind, ErrorKind::InvalidArgument);
}

TEST(KeyName, ExcludesSpacesPlusAndControls) {
  for (const std::string_view name : {"a", "example.com/log", "schlüssel", "\U0001F511"}) {
    EXPECT_TRUE(is_key_name(name)) << name;
  }
  for (const std::string_view name :
       {"", " ", "a b", "a+b", "a\tb", "a\nb", "a\u0085b", "a\u00A0b", "a\u1680b", "a\u2000b", "a\u200Ab",
        "a\u2028b", "a\u2029b", "a\u202Fb", "a\u205Fb", "a\u3000b", "a\x7F\xFFz", "\x01"}) {
    EXPECT_FALSE(is_key_name(name)) << name;
  }
}

TEST(Vkey, RefusesEveryChange) {
  const Keys keys;
  const std::string good = format_vkey(keys.alice_public);
  EXPECT_EQ(parse_vkey(good).value(), keys.alice_public);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128}) {
      std::string altered = good;
      altered[at] = static_cast<char>(altered[at] ^ flip);
      EXPECT_FALSE(parse_vkey(altered)) << altered;
    }
    EXPECT_FALSE(parse_vkey(good.substr(0, at)));
  }
  EXPECT_FALSE(parse_vkey(good + "\n"));
  EXPECT_FALSE(parse_vkey(" " + good));
}

TEST(Vkey, OfAnotherTypeIsUnsupportedAndSaysWhich) {
  const Result<VerifierKey> key = parse_vkey("a+00000000+" + to_base64(std::string(1'313, '\6')));
  EXPECT_EQ(key.error().kind, ErrorKind::Unsupported);
  EXPECT_NE(key.error().message.find("0x06"), std::string::npos) << key.error().message;
  EXPECT_EQ(parse_vkey("a+00000000+" + to_base64(std::string(32, '\1'))).error().kind, ErrorKind::Malformed);
  EXPECT_EQ(parse_vkey("a+00000000+").error().kind, ErrorKind::Malformed);
  EXPECT_EQ(make_verifier_key("a b", KeyType::Ed25519, {}).error().kind, ErrorKind::InvalidArgument);
}

// What a witness does (C2SP tlog-cosignature): it signs two header lines and the note text.
NoteSignature cosign(const SigningKey& key, const VerifierKey& witness, std::uint64_t seconds,
                     const std::string& text) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(seconds >> shift));
  bytes += key.sign("cosignature/v1\ntime " + std::to_string(seconds) + "\n" + text);
  return {witness.name, witness.id, bytes};
}

TEST(Cosignature, VerifiesWithItsTime) {
  const Keys keys;
  const VerifierKey witness =
      make_verifier_key("witness.example", KeyType::CosignatureV1, keys.bob.public_key()).value();
  EXPECT_NE(witness.id, make_verifier_key("witness.example", KeyType::Ed25519, keys.bob.public_key())->id);
  EXPECT_EQ(parse_vkey(format_vkey(witness)).value(), witness);
  const NoteSignature signature = cosign(keys.bob, witness, 1'679'315'147, kText);
  const auto verified = verify_note({kText, {signature}}, {&witness, 1}).value();
  ASSERT_TRUE(verified.at(0).cosigned_at.has_value());
  EXPECT_EQ(format_rfc3339_micros(*verified.at(0).cosigned_at), "2023-03-20T12:25:47.000000Z");
  for (std::size_t at = 0; at < signature.bytes.size(); ++at) {
    NoteSignature altered = signature;
    altered.bytes[at] = static_cast<char>(altered.bytes[at] ^ 1);
    EXPECT_EQ(verify_note({kText, {altered}}, {&witness, 1}).error().kind, ErrorKind::Denied) << at;
  }
  NoteSignature shortened = signature;
  shortened.bytes.pop_back();
  EXPECT_EQ(verify_note({kText, {shortened}}, {&witness, 1}).error().kind, ErrorKind::Denied);
  const NoteSignature far = cosign(keys.bob, witness, std::uint64_t{1} << 63U, kText);
  EXPECT_EQ(verify_note({kText, {far}}, {&witness, 1}).error().kind, ErrorKind::Denied);
}

}  // namespace
}  // namespace countersign
