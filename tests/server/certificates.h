// Certificates for tests, made when they are needed: an authority, and what it signs.
//
//   const Authority authority("test authority");
//   WriteFile(folder + "/ca.pem", authority.pem());
//   const Issued server = authority.Issue("localhost");
//
// Not thread-safe.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace codeset::server {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Puts a file in its place at once, as an operator's tools do.
inline void WriteFile(const std::string& path, const std::string& content) {
  const std::string next = path + ".next";
  std::ofstream(next, std::ios::binary) << content;
  std::filesystem::rename(next, path);
}

// What `write` writes to a BIO.
template <typename Write>
std::string PemOf(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(write(bio.get()), 1);
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio.get(), &text));
  return std::string(text, size);
}

inline std::string PemOf(X509* certificate) {
  return PemOf([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

// Encrypted with a passphrase where one is given.
inline std::string PemOf(EVP_PKEY* key, const char* passphrase = nullptr) {
  return PemOf([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                                    nullptr, 0, nullptr, const_cast<char*>(passphrase));
  });
}

inline Key NewKey() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

// A certificate with its key, in PEM.
struct Issued {
  std::string certificate;
  std::string key;
};

// From when until when a certificate is valid, in seconds from now.
struct Validity {
  long begin = -3600;
  long end = 3600;
};

// See above.
class Authority {
 public:
  explicit Authority(const std::string& name)
      : name_(name),
        key_(NewKey()),
        certificate_(Make(name, key_.get(), nullptr, key_.get(), {}, "CA:TRUE", "")) {}

  std::string pem() const { return PemOf(certificate_.get()); }

  // Another certificate of this authority, by which those who trust `older` alone trust it too.
  std::string CrossSigned(const Authority& older, Validity validity) const {
    return PemOf(
        Make(name_, key_.get(), older.certificate_.get(), older.key_.get(), validity, "CA:TRUE", "")
            .get());
  }

  // A certificate for `name`, as subject and as host.
  Issued Issue(const std::string& name, Validity validity = {}) const {
    const Key key = NewKey();
    const Certificate certificate =
        Make(name, key.get(), certificate_.get(), key_.get(), validity, "CA:FALSE", "DNS:" + name);
    return {PemOf(certificate.get()), PemOf(key.get())};
  }

 private:
  // Signed by `signer` in the name of `issuer`, or of itself where that is null.
  static Certificate Make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* signer,
                          Validity validity, const char* basic, const std::string& host) {
    static long serial = 0;
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), validity.begin);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity.end);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(),
                         X509_get_subject_name(issuer == nullptr ? certificate.get() : issuer));
    Extend(certificate.get(), NID_basic_constraints, basic);
    if (!host.empty()) Extend(certificate.get(), NID_subject_alt_name, host.c_str());
    EXPECT_GT(X509_sign(certificate.get(), signer, EVP_sha256()), 0);
    return certificate;
  }

  static void Extend(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::string name_;
  Key key_;
  Certificate certificate_;
};

}  // namespace codeset::server
