// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/signing_key.h"

#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "store/evidence/durable_file.h"
#include "store/evidence/ed25519.h"

namespace countersign {
namespace {

constexpr std::size_t kKeyFileBytesMax = 16'384;
constexpr unsigned kForeignAccess = 0077;

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using BioPtr = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;
using ContextPtr =
    std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

// Without this OpenSSL would ask a terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

// What fails here after the arguments were checked is memory or the library itself.
void require(bool ok) {
  if (!ok) std::abort();
}

/// Wipes what held a private key.
struct Secret {
  std::string bytes;
  ~Secret() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

Result<void> check_mode(const File& file, const std::filesystem::path& path) {
  struct stat status{};
  if (fstat(file.descriptor(), &status) != 0) return last_system_error("signing key", path);
  if (!S_ISREG(status.st_mode)) {
    return failure(ErrorKind::Denied, fmt::format("signing key {}: not a regular file", path.string()));
  }
  const unsigned mode = status.st_mode & 07777U;
  if ((mode & kForeignAccess) != 0) {
    return failure(ErrorKind::Denied,
                   fmt::format("signing key {}: mode {:04o} lets others in; it must be 0600 (chmod 600)",
                               path.string(), mode));
  }
  return {};
}

Result<KeyPtr> parse_pem(std::string_view pem, const std::filesystem::path& path) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr || !pem.starts_with("-----BEGIN PRIVATE KEY-----")) {
    return failure(
        ErrorKind::Malformed,
        fmt::format("signing key {}: not an unencrypted PKCS#8 private key in PEM", path.string()));
  }
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    const char* const type = EVP_PKEY_get0_type_name(key.get());
    return failure(ErrorKind::Malformed, fmt::format("signing key {}: type {}, must be Ed25519",
                                                     path.string(), type == nullptr ? "unknown" : type));
  }
  return key;
}

}  // namespace

struct SigningKey::State {
  KeyPtr key;
  std::array<std::uint8_t, 32> public_key{};

  explicit State(KeyPtr from) : key(std::move(from)) {
    std::size_t length = public_key.size();
    require(EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &length) == 1 &&
            length == public_key.size());
  }
};

SigningKey::SigningKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::load(const std::filesystem::path& path) {
  // Not blocking: a named pipe in the key's place must not hang the start.
  Result<File> file = File::open("signing key", path, O_RDONLY | O_NONBLOCK);
  if (!file) return failure(file.error());
  if (Result<void> ok = check_mode(*file, path); !ok) return failure(ok.error());
  Result<std::string> pem = file->read_all(kKeyFileBytesMax);
  if (!pem) return failure(pem.error());
  const Secret secret{std::move(*pem)};
  Result<KeyPtr> key = parse_pem(secret.bytes, path);
  if (!key) return failure(key.error());
  return SigningKey(std::make_unique<State>(std::move(*key)));
}

Result<SigningKey> SigningKey::create(const std::filesystem::path& path) {
  KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  require(key != nullptr);
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr);
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* pem = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &pem);
  require(length > 0);
  Result<void> written =
      create_file_durably("signing key", path, {pem, static_cast<std::size_t>(length)}, S_IRUSR | S_IWUSR);
  if (!written) return failure(written.error());
  return SigningKey(std::make_unique<State>(std::move(key)));
}

const std::array<std::uint8_t, 32>& SigningKey::public_key() const { return state_->public_key; }

std::string SigningKey::sign(std::string_view message) const {
  const ContextPtr context(EVP_MD_CTX_new());
  require(context != nullptr);
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1);
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t length = signature.size();
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  require(length == signature.size());
  return signature;
}

bool ed25519_verify(const std::array<std::uint8_t, 32>& public_key, std::string_view message,
                    std::string_view signature) {
  if (signature.size() != kEd25519SignatureBytes) return false;
  const KeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const ContextPtr context(EVP_MD_CTX_new());
  require(key != nullptr && context != nullptr);
  require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  const int verdict = EVP_DigestVerify(
      context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
      reinterpret_cast<const unsigned char*>(message.data()), message.size());
  ERR_clear_error();
  return verdict == 1;
}

}  // namespace countersign
