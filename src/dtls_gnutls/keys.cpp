// SPDX-License-Identifier: Apache-2.0
#include <linnet/dtls_gnutls/keys.hpp>

#include <gmp.h>
#include <gnutls/crypto.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>

#include <algorithm>
#include <optional>

#include "gnutls_handles.hpp"

namespace linnet::dtls_gnutls {
namespace {

constexpr std::uint8_t kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kOid = 0x06,
                       kSequence = 0x30;
/// Contents of the object identifiers ecPublicKey and prime256v1 (RFC 5480 §2.1.1).
constexpr std::uint8_t kEcPublicKey[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
constexpr std::uint8_t kPrime256v1[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};

constexpr std::uint8_t kSpkiHead[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                      0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                      0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
/// A OneAsymmetricKey up to the private key, and from there to the public one.
constexpr std::uint8_t kKeyHead[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06,
                                     0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
                                     0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07,
                                     0x04, 0x6D, 0x30, 0x6B, 0x02, 0x01, 0x01, 0x04, 0x20};
constexpr std::uint8_t kKeyMiddle[] = {0xA1, 0x44, 0x03, 0x42, 0x00};

constexpr const char* kNotOnCurve = "the point of the public key is not on the curve P-256";

void append(Bytes& out, ByteView piece) { out.insert(out.end(), piece.begin(), piece.end()); }

/// The content of a DER element with that tag at the front of `in`; fails with `Malformed`.
ByteView take(Reader& in, std::uint8_t tag) {
  if (in.u8() != tag) in.fail(Error::Malformed);
  std::size_t size = in.u8();
  if (size >= 0x80) {
    const std::size_t bytes = size - 0x80;
    if (bytes != 1 && bytes != 2) {
      in.fail(Error::Malformed);
      return {};
    }
    size = static_cast<std::size_t>(in.unsigned_be(bytes));
  }
  return in.take(size);
}

/// A number of GMP that leaves nothing behind.
class Number {
 public:
  Number() { mpz_init2(value_, 2 * kBits); }
  explicit Number(ByteView bytes) : Number() {
    mpz_import(value_, bytes.size(), 1, 1, 0, 0, bytes.data());
  }
  explicit Number(const char* hex) : Number() { mpz_set_str(value_, hex, 16); }
  ~Number() {
    const auto size = static_cast<mp_size_t>(mpz_size(value_));
    if (size != 0)
      gnutls_memset(mpz_limbs_modify(value_, size), 0, sizeof(mp_limb_t) * mpz_size(value_));
    mpz_clear(value_);
  }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  operator mpz_ptr() { return value_; }
  /// Big-endian, filled with zeros in front. REQUIRES: it fits.
  void write(MutableBytes out) const {
    std::ranges::fill(out, std::uint8_t{0});
    const std::size_t size = (mpz_sizeinbase(value_, 2) + 7) / 8;
    if (mpz_sgn(value_) != 0)
      mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 0, 0, value_);
  }

 private:
  static constexpr mp_bitcnt_t kBits = 256;
  mpz_t value_;
};

class Point {
 public:
  Point() { ecc_point_init(&point_, nettle_get_secp_256r1()); }
  ~Point() { ecc_point_clear(&point_); }
  Point(const Point&) = delete;
  Point& operator=(const Point&) = delete;
  ecc_point* operator&() { return &point_; }

 private:
  ecc_point point_{};
};

/// y of a point from x (FIPS 186-4 D.1.2.3, SEC 1 §2.3.4): p is 3 modulo 4, so that a root is one
/// power. Meaningless if there is no such point.
void solve_y(Number& x, bool odd, Number& y) {
  Number p("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  Number b("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
  Number right, exponent;
  mpz_powm_ui(right, x, 3, p);
  mpz_submul_ui(right, x, 3);
  mpz_add(right, right, b);
  mpz_mod(right, right, p);
  mpz_add_ui(exponent, p, 1);
  mpz_tdiv_q_2exp(exponent, exponent, 2);
  mpz_powm(y, right, exponent, p);
  if ((mpz_odd_p(static_cast<mpz_ptr>(y)) != 0) != odd) mpz_sub(y, p, y);
}

/// Any form of a point as 0x04, x, y.
void expand(ByteView form, MutableBytes out) {
  constexpr std::size_t kSize = PublicKey::kCoordinate;
  const bool whole = form.size() == PublicKey::kPoint && form[0] == 4;
  const bool compressed = form.size() == 1 + kSize && (form[0] == 2 || form[0] == 3);
  if (!whole && !compressed && form.size() != kSize) {
    throw KeyError("the public key is no point of the curve P-256");
  }
  Number x(form.size() == kSize ? form : form.subspan(1, kSize));
  Number y;
  if (whole) {
    Number given(form.subspan(1 + kSize));
    mpz_set(y, given);
  } else {
    solve_y(x, compressed && form[0] == 3, y);
  }
  Point point;
  if (ecc_point_set(&point, x, y) == 0) {
    throw KeyError(kNotOnCurve);
  }
  out[0] = 4;
  x.write(out.subspan(1, kSize));
  y.write(out.subspan(1 + kSize, kSize));
}

/// The point in a SubjectPublicKeyInfo.
ByteView point_of(ByteView spki) {
  Reader outer(spki);
  Reader in(take(outer, kSequence));
  Reader algorithm(take(in, kSequence));
  const ByteView kind = take(algorithm, kOid);
  if (in.ok() && algorithm.ok() && !equal(kind, kEcPublicKey)) {
    throw KeyError("the public key is of another kind; LwM2M uses elliptic curve keys of P-256");
  }
  const ByteView curve = take(algorithm, kOid);
  if (algorithm.ok() && !equal(curve, kPrime256v1)) {
    throw KeyError("the public key is of another curve than P-256");
  }
  Reader bits(take(in, kBitString));
  const bool whole = bits.u8() == 0;
  if (!outer.ok() || !outer.empty() || !in.ok() || !algorithm.ok() || !bits.ok() || !whole) {
    throw KeyError("this is no public key: neither a SubjectPublicKeyInfo nor a point of P-256");
  }
  return bits.rest();
}

struct EcPrivateKey {
  ByteView scalar;
  ByteView point;  // empty if it is not there
  bool other_curve = false;
};

/// The fields of an ECPrivateKey (RFC 5915 §3). Nothing if it is none.
std::optional<EcPrivateKey> parse_ec_private_key(Reader in) {
  EcPrivateKey key;
  if (!equal(take(in, kInteger), {{1}})) return std::nullopt;
  key.scalar = take(in, kOctetString);
  while (in.ok() && !in.empty()) {
    const std::uint8_t tag = in.peek();
    Reader field(take(in, tag));
    if (tag == 0xA0) key.other_curve = !equal(take(field, kOid), kPrime256v1);
    if (tag != 0xA1) continue;
    Reader bits(take(field, kBitString));
    if (bits.u8() != 0) bits.fail(Error::Malformed);
    if (!bits.ok()) return std::nullopt;
    key.point = bits.rest();
  }
  if (!in.ok()) return std::nullopt;
  return key;
}

/// Either kind of private key in DER.
EcPrivateKey parse_private_key(ByteView der) {
  const KeyError wrong(
      "this is no private key: neither OneAsymmetricKey (PKCS #8), ECPrivateKey nor 32 bytes");
  Reader outer(der);
  Reader in(take(outer, kSequence));
  if (!outer.ok() || !outer.empty()) throw wrong;
  if (const auto key = parse_ec_private_key(in)) return *key;
  const ByteView version = take(in, kInteger);
  if (!in.ok() || version.size() != 1 || version[0] > 1) throw wrong;
  Reader algorithm(take(in, kSequence));
  const ByteView kind = take(algorithm, kOid);
  if (algorithm.ok() && !equal(kind, kEcPublicKey)) {
    throw KeyError("the private key is of another kind; LwM2M uses elliptic curve keys of P-256");
  }
  const ByteView curve = take(algorithm, kOid);
  Reader inside(take(in, kOctetString));
  Reader content(take(inside, kSequence));
  if (!algorithm.ok() || !in.ok() || !inside.ok()) throw wrong;
  auto key = parse_ec_private_key(content);
  if (!key) throw wrong;
  key->other_curve |= !equal(curve, kPrime256v1);
  return *key;
}

bool is_pem(ByteView bytes) { return as_text(bytes).find("-----BEGIN ") != std::string_view::npos; }

/// The first block of that header; false if there is none.
bool decode_pem(ByteView bytes, const char* header, OwnedDatum& out) {
  const gnutls_datum_t text = datum(bytes);
  return gnutls_pem_base64_decode2(header, &text, out.out()) == GNUTLS_E_SUCCESS;
}

std::string encode_pem(const char* header, ByteView bytes) {
  OwnedDatum out;
  const gnutls_datum_t in = datum(bytes);
  check(gnutls_pem_base64_encode2(header, &in, out.out()), "PEM could not be written");
  return std::string(as_text(out.view()));
}

}  // namespace

// --- Public keys ---

PublicKey PublicKey::from(ByteView bytes) {
  PublicKey key;
  OwnedDatum decoded;
  if (is_pem(bytes)) {
    if (!decode_pem(bytes, "PUBLIC KEY", decoded)) {
      throw KeyError("there is no public key in this PEM: it has no \"BEGIN PUBLIC KEY\"");
    }
    bytes = decoded.view();
  }
  const bool bare = bytes.size() == kCoordinate || bytes.size() == kPoint ||
                    (bytes.size() == 1 + kCoordinate && bytes[0] != kSequence);
  expand(bare ? bytes : point_of(bytes), key.point_);
  return key;
}

Bytes PublicKey::spki() const {
  Bytes out(std::begin(kSpkiHead), std::end(kSpkiHead));
  append(out, point_);
  return out;
}

std::string PublicKey::pem() const { return encode_pem("PUBLIC KEY", spki()); }

std::string PublicKey::fingerprint() const { return dtls_gnutls::fingerprint(spki()); }

// --- Private keys ---

bool PrivateKey::complete() {
  Number number(scalar_);
  ecc_scalar scalar;
  ecc_scalar_init(&scalar, nettle_get_secp_256r1());
  const bool good = ecc_scalar_set(&scalar, number) != 0;
  if (good) {
    Point point;
    ecc_point_mul_g(&point, &scalar);
    Number x, y;
    ecc_point_get(&point, x, y);
    const MutableBytes out(public_.point_);
    out[0] = 4;
    x.write(out.subspan(1, PublicKey::kCoordinate));
    y.write(out.subspan(1 + PublicKey::kCoordinate));
  }
  gnutls_memset(scalar.p, 0, kBytes);
  ecc_scalar_clear(&scalar);
  return good;
}

PrivateKey PrivateKey::generate() {
  PrivateKey key;
  do {
    check(gnutls_rnd(GNUTLS_RND_KEY, key.scalar_.data(), kBytes),
          "the system gave no random numbers");
  } while (!key.complete());
  return key;
}

PrivateKey PrivateKey::from(ByteView bytes) {
  OwnedDatum decoded;
  if (is_pem(bytes)) {
    const bool found =
        decode_pem(bytes, "PRIVATE KEY", decoded) || decode_pem(bytes, "EC PRIVATE KEY", decoded);
    if (!found) {
      const bool encrypted = as_text(bytes).find("ENCRYPTED") != std::string_view::npos;
      throw KeyError(encrypted
                         ? "the private key is encrypted; openssl pkey -in FILE takes that off"
                         : "there is no private key in this PEM: it has no \"BEGIN PRIVATE KEY\" "
                           "and no \"BEGIN EC PRIVATE KEY\"");
    }
    bytes = decoded.view();
  }
  EcPrivateKey fields;
  fields.scalar = bytes;
  if (bytes.size() != kBytes) fields = parse_private_key(bytes);
  if (fields.other_curve) throw KeyError("the private key is of another curve than P-256");
  // Some writers leave out zeros in front.
  if (fields.scalar.empty() || fields.scalar.size() > kBytes) {
    throw KeyError("the private key has a length that none of P-256 has");
  }
  PrivateKey key;
  std::ranges::copy(fields.scalar,
                    key.scalar_.end() - static_cast<std::ptrdiff_t>(fields.scalar.size()));
  if (!key.complete()) throw KeyError("the private key is out of the range of P-256");
  if (!fields.point.empty() && PublicKey::from(fields.point) != key.public_) {
    throw KeyError("the public key in it is not that of the private key");
  }
  return key;
}

Bytes PrivateKey::one_asymmetric_key() const {
  Bytes out;
  // At once, so that no copy stays where it was too short.
  out.reserve(sizeof kKeyHead + kBytes + sizeof kKeyMiddle + PublicKey::kPoint);
  append(out, kKeyHead);
  append(out, scalar_);
  append(out, kKeyMiddle);
  append(out, public_.point());
  return out;
}

std::string PrivateKey::pem() const {
  Bytes der = one_asymmetric_key();
  std::string out = encode_pem("PRIVATE KEY", der);
  wipe(der);
  return out;
}

// --- Digests ---

std::array<std::uint8_t, 32> sha256(ByteView bytes) {
  std::array<std::uint8_t, 32> out{};
  check(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes.data(), bytes.size(), out.data()), "SHA-256");
  return out;
}

std::string fingerprint(ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "sha-256:";
  for (const std::uint8_t byte : sha256(bytes)) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string certificate_pem(ByteView der) { return encode_pem("CERTIFICATE", der); }

}  // namespace linnet::dtls_gnutls
