/*
 * The types of one kind of floats of eight bits, and those of two and four of them. Included once for each, with FAULTLINE_F8 as the name, FAULTLINE_F8X2 and FAULTLINE_F8X4 as
 * those of several, FAULTLINE_KIND as the kind, and FAULTLINE_MEMBERS as what else belongs to each. Conversions to a type of few values saturate. Source: CUDA Math API, FP8 conversion and data movement.
 */
#define FAULTLINE_CONVERSION(type) explicit __host__ __device__ FAULTLINE_F8(type value) : __x(faultline::fp8_bits((double)value, true, FAULTLINE_KIND)) {}
struct FAULTLINE_F8 {
    unsigned char __x;
    FAULTLINE_MEMBERS(unsigned char)
    FAULTLINE_F8() = default;
    explicit __host__ __device__ FAULTLINE_F8(float value) : __x(faultline::fp8_bits_of_float(value, true, FAULTLINE_KIND)) {}
    explicit __host__ __device__ FAULTLINE_F8(__half value) : FAULTLINE_F8((float)value) {}
    explicit __host__ __device__ FAULTLINE_F8(__nv_bfloat16 value) : FAULTLINE_F8((float)value) {}
    FAULTLINE_CONVERSION(double)
    FAULTLINE_CONVERSION(short)
    FAULTLINE_CONVERSION(unsigned short)
    FAULTLINE_CONVERSION(int)
    FAULTLINE_CONVERSION(unsigned)
    FAULTLINE_CONVERSION(long)
    FAULTLINE_CONVERSION(unsigned long)
    FAULTLINE_CONVERSION(long long)
    FAULTLINE_CONVERSION(unsigned long long)
    explicit __host__ __device__ operator float() const { return (float)faultline::fp8_value(__x, FAULTLINE_KIND); }
    explicit __host__ __device__ operator double() const { return faultline::fp8_value(__x, FAULTLINE_KIND); }
    explicit __host__ __device__ operator __half() const { return __half((float)*this); }
    explicit __host__ __device__ operator __nv_bfloat16() const { return __nv_bfloat16((float)*this); }
    explicit __host__ __device__ operator bool() const { return (__x & 0x7f) != 0 || (FAULTLINE_KIND >= faultline::E4M3_FNUZ && __x != 0); }
    explicit __host__ __device__ operator signed char() const { return faultline::saturated<signed char>((float)*this); }
    explicit __host__ __device__ operator char() const { return faultline::saturated<signed char>((float)*this); }
    explicit __host__ __device__ operator unsigned char() const { return faultline::saturated<unsigned char>((float)*this); }
    explicit __host__ __device__ operator short() const { return faultline::saturated<short>((float)*this); }
    explicit __host__ __device__ operator unsigned short() const { return faultline::saturated<unsigned short>((float)*this); }
    explicit __host__ __device__ operator int() const { return faultline::saturated<int>((float)*this); }
    explicit __host__ __device__ operator unsigned() const { return faultline::saturated<unsigned>((float)*this); }
    explicit __host__ __device__ operator long() const { return faultline::saturated<long>((float)*this); }
    explicit __host__ __device__ operator unsigned long() const { return faultline::saturated<unsigned long>((float)*this); }
    explicit __host__ __device__ operator long long() const { return faultline::saturated<long long>((float)*this); }
    explicit __host__ __device__ operator unsigned long long() const { return faultline::saturated<unsigned long long>((float)*this); }
};
#undef FAULTLINE_CONVERSION
/* The first is in the lowest bits. */
struct __attribute__((aligned(2))) FAULTLINE_F8X2 {
    unsigned short __x;
    FAULTLINE_MEMBERS(unsigned short)
    FAULTLINE_F8X2() = default;
    explicit __host__ __device__ FAULTLINE_F8X2(float2 value) : __x((unsigned short)(FAULTLINE_F8(value.x).__x | FAULTLINE_F8(value.y).__x << 8)) {}
    explicit __host__ __device__ FAULTLINE_F8X2(double2 value) : __x((unsigned short)(FAULTLINE_F8(value.x).__x | FAULTLINE_F8(value.y).__x << 8)) {}
    explicit __host__ __device__ FAULTLINE_F8X2(__half2 value) : FAULTLINE_F8X2(make_float2((float)value.x, (float)value.y)) {}
    explicit __host__ __device__ FAULTLINE_F8X2(__nv_bfloat162 value) : FAULTLINE_F8X2(make_float2((float)value.x, (float)value.y)) {}
    explicit __host__ __device__ operator float2() const { return make_float2((float)faultline::fp8_value((unsigned char)__x, FAULTLINE_KIND), (float)faultline::fp8_value((unsigned char)(__x >> 8), FAULTLINE_KIND)); }
    explicit __host__ __device__ operator __half2() const { return __floats2half2_rn(((float2)*this).x, ((float2)*this).y); }
    explicit __host__ __device__ operator __nv_bfloat162() const { return __floats2bfloat162_rn(((float2)*this).x, ((float2)*this).y); }
};
struct __attribute__((aligned(4))) FAULTLINE_F8X4 {
    unsigned __x;
    FAULTLINE_MEMBERS(unsigned)
    FAULTLINE_F8X4() = default;
    explicit __host__ __device__ FAULTLINE_F8X4(float4 value) : __x(FAULTLINE_F8X2(make_float2(value.x, value.y)).__x | (unsigned)FAULTLINE_F8X2(make_float2(value.z, value.w)).__x << 16) {}
    explicit __host__ __device__ FAULTLINE_F8X4(double4 value) : __x(FAULTLINE_F8X2(make_double2(value.x, value.y)).__x | (unsigned)FAULTLINE_F8X2(make_double2(value.z, value.w)).__x << 16) {}
    explicit __host__ __device__ FAULTLINE_F8X4(__half2 low, __half2 high) : __x(FAULTLINE_F8X2(low).__x | (unsigned)FAULTLINE_F8X2(high).__x << 16) {}
    explicit __host__ __device__ FAULTLINE_F8X4(__nv_bfloat162 low, __nv_bfloat162 high) : __x(FAULTLINE_F8X2(low).__x | (unsigned)FAULTLINE_F8X2(high).__x << 16) {}
    explicit __host__ __device__ operator float4() const {
        return make_float4((float)faultline::fp8_value((unsigned char)__x, FAULTLINE_KIND), (float)faultline::fp8_value((unsigned char)(__x >> 8), FAULTLINE_KIND), (float)faultline::fp8_value((unsigned char)(__x >> 16), FAULTLINE_KIND), (float)faultline::fp8_value((unsigned char)(__x >> 24), FAULTLINE_KIND));
    }
};
#undef FAULTLINE_F8
#undef FAULTLINE_F8X2
#undef FAULTLINE_F8X4
#undef FAULTLINE_KIND
