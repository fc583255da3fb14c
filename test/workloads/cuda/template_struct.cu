// Templates, device functions, structures passed by value and grids of two and three dimensions. Each thread changes its own copy
// of the structure that was passed by value; a change must not be seen by another thread or by the host.
#include <cstdio>

struct Pixel {
    unsigned char red, green, blue, alpha;
};

template <typename T> struct Image {
    T *pixels;
    int width, height;

    __host__ __device__ T &at(int x, int y) const { return pixels[y * width + x]; }
};

struct Walk {
    int position;
    int step;
    int trail[4];
};

__device__ unsigned char mix(unsigned char a, unsigned char b) { return (unsigned char)((a + b) / 2); }

__device__ Pixel mix(Pixel a, Pixel b)
{
    Pixel result = {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue), 255};
    return result;
}

__device__ int mix(int a, int b) { return a + b; }

// Two-dimensional: every element is mixed with one colour, which is passed by value.
template <typename T> __global__ void tint(Image<T> image, T colour)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= image.width || y >= image.height)
        return;
    T &pixel = image.at(x, y);
    pixel = mix(pixel, colour);
}

// Three-dimensional: every thread walks with its own copy of `walk`.
template <int steps> __global__ void wander(Walk walk, int *result)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    int z = blockIdx.z * blockDim.z + threadIdx.z;
    int width = gridDim.x * blockDim.x;
    int height = gridDim.y * blockDim.y;
    walk.position += x + 10 * y + 100 * z;
    for (int i = 0; i < steps; i++) {
        walk.trail[i % 4] = walk.position;
        walk.position += walk.step;
    }
    result[(z * height + y) * width + x] = walk.position + walk.trail[0];
}

template <typename T> static T *managed(int count)
{
    T *memory = nullptr;
    cudaMallocManaged(&memory, count * sizeof(T));
    return memory;
}

int main()
{
    const int width = 50, height = 30;
    Image<Pixel> photo = {managed<Pixel>(width * height), width, height};
    Image<int> heights = {managed<int>(width * height), width, height};
    for (int i = 0; i < width * height; i++) {
        Pixel pixel = {(unsigned char)i, (unsigned char)(2 * i), (unsigned char)(3 * i), 0};
        photo.pixels[i] = pixel;
        heights.pixels[i] = i;
    }

    dim3 threads(16, 8);
    dim3 blocks((width + 15) / 16, (height + 7) / 8);
    Pixel colour = {100, 50, 200, 255};
    tint<<<blocks, threads>>>(photo, colour);
    tint<<<blocks, threads>>>(heights, 1000);

    const int side = 6;
    int *walked = managed<int>(side * side * side);
    Walk walk = {5, 3, {0, 0, 0, 0}};
    wander<5><<<dim3(3, 2, 1), dim3(2, 3, 6)>>>(walk, walked);
    if (cudaDeviceSynchronize() != cudaSuccess) {
        std::printf("template_struct: a launch failed\n");
        return 1;
    }

    int wrong = 0;
    for (int i = 0; i < width * height; i++) {
        Pixel pixel = photo.pixels[i];
        wrong += pixel.red != ((unsigned char)i + 100) / 2 || pixel.green != ((unsigned char)(2 * i) + 50) / 2 ||
                 pixel.blue != ((unsigned char)(3 * i) + 200) / 2 || pixel.alpha != 255;
        wrong += heights.pixels[i] != i + 1000;
    }
    for (int z = 0; z < side; z++)
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++) {
                int start = 5 + x + 10 * y + 100 * z;
                // The fifth step overwrites what the first one left in trail[0].
                wrong += walked[(z * side + y) * side + x] != (start + 5 * 3) + (start + 4 * 3);
            }
    wrong += walk.position != 5 || walk.trail[0] != 0;
    std::printf("template_struct: %d results are wrong\n", wrong);

    cudaFree(photo.pixels);
    cudaFree(heights.pixels);
    cudaFree(walked);
    return wrong == 0 ? 0 : 1;
}
