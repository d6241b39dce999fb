#include "server/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/file_stamp.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

constexpr absl::string_view kCertificate = "certificate";
constexpr absl::string_view kKey = "key";
constexpr absl::string_view kClientCa = "file of client authorities";

absl::Status Bad(absl::string_view what, const std::string& path, absl::string_view why) {
  return model::MakeError(model::Reason::kArgumentInvalid,
                          absl::StrCat("the ", what, " ", path, " ", why));
}

Bio Over(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Says no to whoever asks for a passphrase: nobody is there to type one.
int NoPassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// The certificates of a file, in its order; at least one.
absl::StatusOr<std::vector<Certificate>> Certificates(absl::string_view what,
                                                      const std::string& path,
                                                      const std::string& text) {
  std::vector<Certificate> certificates;
  const Bio bio = Over(text);
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(next);
  }
  // What ends the file well is that no further block begins.
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (certificates.empty()) return Bad(what, path, "holds no certificate in PEM");
  if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    return Bad(what, path, absl::StrCat("is damaged after ", certificates.size(), " certificates"));
  }
  return certificates;
}

absl::StatusOr<Key> ReadKey(const std::string& path, const std::string& text) {
  bool asked = false;
  const Bio bio = Over(text);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, &asked));
  ERR_clear_error();
  if (key != nullptr) return key;
  return Bad(kKey, path,
             asked ? "is encrypted: a server has nobody to ask for the passphrase"
                   : "holds no private key in PEM");
}

std::string Time(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio.get(), &text));
  return std::string(text, size);
}

// Whether a certificate is valid now.
absl::Status CheckTime(const std::string& path, const X509* certificate) {
  const ASN1_TIME* const begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* const end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(begin) > 0) {
    return Bad(kCertificate, path, absl::StrCat("is not valid before ", Time(begin)));
  }
  if (X509_cmp_current_time(end) < 0) {
    return Bad(kCertificate, path, absl::StrCat("expired on ", Time(end)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTlsFiles(const TlsFiles& files, absl::string_view prefix) {
  if (files.empty() || (!files.certificate.empty() && !files.key.empty())) return absl::OkStatus();
  std::vector<std::string> missing;
  if (files.certificate.empty()) missing.push_back(absl::StrCat(prefix, "-cert"));
  if (files.key.empty()) missing.push_back(absl::StrCat(prefix, "-key"));
  return model::MakeError(
      model::Reason::kArgumentInvalid,
      absl::StrCat("TLS needs a certificate and its key: name ", absl::StrJoin(missing, " and ")));
}

absl::StatusOr<TlsMaterial> ReadTlsFiles(const TlsFiles& files) {
  TlsMaterial material;
  ASSIGN_OR_RETURN(material.certificate, ReadSmallFile(files.certificate, kCertificate));
  ASSIGN_OR_RETURN(material.key, ReadSmallFile(files.key, kKey));
  ASSIGN_OR_RETURN(const std::vector<Certificate> chain,
                   Certificates(kCertificate, files.certificate, material.certificate));
  RETURN_IF_ERROR(CheckTime(files.certificate, chain.front().get()));
  ASSIGN_OR_RETURN(const Key key, ReadKey(files.key, material.key));
  const bool fits = X509_check_private_key(chain.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return Bad(kKey, files.key, absl::StrCat("does not fit the certificate ", files.certificate));
  }
  if (files.mutual()) {
    ASSIGN_OR_RETURN(material.client_ca, ReadSmallFile(files.client_ca, kClientCa));
    RETURN_IF_ERROR(Certificates(kClientCa, files.client_ca, material.client_ca).status());
  }
  return material;
}

absl::StatusOr<absl::Time> CertificateExpiry(const TlsFiles& files) {
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(files.certificate, kCertificate));
  ASSIGN_OR_RETURN(const std::vector<Certificate> chain,
                   Certificates(kCertificate, files.certificate, text));
  std::tm expiry = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(chain.front().get()), &expiry) != 1) {
    return Bad(kCertificate, files.certificate, "has no time after which it is not valid");
  }
  return absl::FromTM(expiry, absl::UTCTimeZone());
}

}  // namespace codeset::server
